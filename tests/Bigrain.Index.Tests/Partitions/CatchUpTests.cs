using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

/// <summary>A copy that reads the log beside a writer: the rig's writes, the other one reads through a store that tells of every read.</summary>
public sealed class CatchUpTests : IAsyncLifetime
{
    private const int MostWrites = 200;

    private readonly MemoryBlobStore _store = new();
    private readonly PartitionRigSettings _settings = new();
    private FaultyBlobStore _slow = null!;
    private PartitionRig _writer = null!;
    private PartitionRig _reader = null!;
    private int _writes;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Partition Copy => _reader.PartitionOf(0);

    public async ValueTask InitializeAsync()
    {
        CollectionSchema schema = Schemas.Dense(4, Metric.L2, partitions: 1, streams: 1);
        _slow = new FaultyBlobStore(_store, new SeededRandom(1), new FaultRates());
        _reader = await PartitionRig.OpenAsync(_slow, schema, _settings, Cancel);
        _writer = await PartitionRig.OpenAsync(_store, schema, _settings, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _reader.DisposeAsync();
    }

    [Fact]
    public async Task Where_more_is_written_whenever_the_end_was_found_reading_ends_all_the_same()
    {
        await WriteAsync();
        await WriteAsync();
        long atStart = _writer.PartitionOf(0).AppliedSequence(0);

        _slow.OnPoint = async point =>
        {
            if (IsLogRead(point) && _writes < MostWrites && !_store.Names.Contains(point.BlobName))
            {
                await WriteAsync();
            }
        };
        await Copy.CatchUpAsync(Cancel);

        Assert.InRange(_writes, 3, MostWrites - 1);
        Assert.True(Copy.AppliedSequence(0) >= atStart, $"{Copy.AppliedSequence(0)} of {atStart} entries are applied");
        Assert.True(Copy.IsFresh());
    }

    [Fact]
    public async Task An_entry_that_is_pushed_does_not_wait_for_a_store_that_hangs()
    {
        await WriteAsync();
        await WriteAsync();
        LogEntry last = await LastAsync();
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _slow.OnPoint = async point =>
        {
            if (IsLogRead(point) && point.BlobName == NameOf(last.Sequence))
            {
                await released.Task;
            }
        };
        Task reading = Copy.CatchUpAsync(Cancel);
        await Eventually.HoldsAsync(
            "what was read before is applied", () => Copy.AppliedSequence(0) == last.Sequence - 1, Cancel);

        await Copy.PushAsync(last, Cancel);

        Assert.Equal(last.Sequence, Copy.AppliedSequence(0));
        Assert.Equal(2, Copy.Statistics.DocumentCount);
        released.SetResult();
        await reading;
        Assert.Equal(2, Copy.Statistics.DocumentCount);
    }

    [Fact]
    public async Task A_gap_before_a_pushed_entry_is_read_from_the_log()
    {
        for (int i = 0; i < 40; i++)
        {
            await WriteAsync();
        }

        LogEntry last = await LastAsync();
        await Copy.PushAsync(last, Cancel);

        Assert.Equal(last.Sequence, Copy.AppliedSequence(0));
        Assert.Equal(40, Copy.Statistics.DocumentCount);
    }

    [Fact]
    public async Task An_entry_pushed_before_the_one_below_it_can_be_read_is_refused_and_what_was_read_stays()
    {
        await WriteAsync();
        await WriteAsync();
        await WriteAsync();
        LogEntry last = await LastAsync();
        await _store.DeleteAsync(NameOf(last.Sequence - 1), null, Cancel);

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(async () => await Copy.PushAsync(last, Cancel));

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Equal(last.Sequence - 2, Copy.AppliedSequence(0));
    }

    [Fact]
    public async Task A_reader_that_pushes_have_overtaken_goes_on_behind_them()
    {
        await WriteAsync();
        List<string> read = [];
        bool pushed = false;
        _slow.OnPoint = async point =>
        {
            if (!IsLogRead(point))
            {
                return;
            }

            read.Add(point.BlobName);
            if (!pushed && point.BlobName == NameOf((await LastAsync()).Sequence))
            {
                pushed = true;
                long first = (await LastAsync()).Sequence;
                for (int i = 0; i < 100; i++)
                {
                    await WriteAsync();
                }

                for (long sequence = Copy.AppliedSequence(0) + 1; sequence <= first + 100; sequence++)
                {
                    await Copy.PushAsync((await ReadAsync(sequence))!, Cancel);
                }
            }
        };
        await Copy.CatchUpAsync(Cancel);

        LogEntry last = await LastAsync();
        Assert.Equal(last.Sequence, Copy.AppliedSequence(0));
        Assert.Equal(101, Copy.Statistics.DocumentCount);
        Assert.Contains(NameOf(last.Sequence + 1), read);
        Assert.True(read.Count < 20, $"{read.Count} names were asked for");
    }

    [Fact]
    public async Task A_name_that_was_trimmed_and_not_absent_is_no_end_though_a_newer_manifest_is_followed_meanwhile()
    {
        await WriteAsync();
        await Copy.CatchUpAsync(Cancel);
        await WriteAsync();
        await _writer.PartitionOf(0).FreezeAsync(Cancel);
        await _writer.TrimAsync(Cancel);
        bool isFollowed = false;
        _slow.OnPoint = async point =>
        {
            if (IsLogRead(point) && !isFollowed)
            {
                // The name is gone already; then the copy follows, and something is written that it has not seen.
                isFollowed = true;
                Assert.True(await Copy.FollowAsync(Cancel));
                await WriteAsync();
            }
        };

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => Copy.CatchUpAsync(Cancel));

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.False(Copy.IsFenced);
        Assert.Equal(2, Copy.Statistics.DocumentCount);
        await Copy.CatchUpAsync(Cancel);
        Assert.Equal(3, Copy.Statistics.DocumentCount);
    }

    [Fact]
    public async Task A_copy_that_follows_reads_no_entry_again_that_it_has_read_or_that_was_pushed_to_it()
    {
        await WriteAsync();
        await _writer.PartitionOf(0).FreezeAsync(Cancel);
        await WriteAsync();
        await Copy.CatchUpAsync(Cancel);
        await WriteAsync();
        LogEntry last = await LastAsync();
        await Copy.PushAsync(last, Cancel);
        List<string> read = [];
        _slow.OnPoint = point =>
        {
            if (IsLogRead(point))
            {
                read.Add(point.BlobName);
            }

            return ValueTask.CompletedTask;
        };

        Assert.True(await Copy.FollowAsync(Cancel));

        Assert.Equal([NameOf(last.Sequence + 1)], read);
        Assert.Equal((1, 2), (Copy.Statistics.SegmentCount, Copy.Statistics.TailDocumentCount));
    }

    private static bool IsLogRead(FaultPoint point) =>
        point is { Operation: "read", IsAfter: true } && point.BlobName.Contains("/wal/", StringComparison.Ordinal);

    private string NameOf(long sequence) => DataPaths.WalEntry(_writer.Head.Incarnation, 0, sequence);

    private async Task<LogEntry> LastAsync() => (await ReadAsync(_writer.PartitionOf(0).AppliedSequence(0)))!;

    private Task<LogEntry?> ReadAsync(long sequence) => new LogReader(_store, new StreamKey(_writer.Head.Incarnation, 0)).ReadAsync(sequence, Cancel);

    private Task WriteAsync() => _writer.WriteAsync([($"d{_writes++}", [1, 2, 3, 4], string.Empty)], Cancel);
}
