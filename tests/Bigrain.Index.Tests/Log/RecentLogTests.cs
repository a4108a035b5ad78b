using Bigrain.Index.Blobs;
using Bigrain.Index.Log;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Log;

public sealed class RecentLogTests
{
    private const int Overhead = 256;

    private readonly MemoryBudget _budget = new(1 << 20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static int SizeOfOne => Entry(1).Bytes.Length + Overhead;

    [Fact]
    public void The_first_of_a_position_stays_and_no_other_position_is_found()
    {
        var log = new RecentLog(_budget, 4 * SizeOfOne);
        LogEntry first = Entry(1);
        log.Keep(first);
        log.Keep(Entry(1));

        Assert.True(log.TryGet(Batches.Key, 1, out LogEntry? kept));
        Assert.Same(first, kept);
        Assert.False(log.TryGet(Batches.Key, 2, out _));
        Assert.False(log.TryGet(Batches.Key with { Stream = 3 }, 1, out _));
        Assert.Equal(SizeOfOne, _budget.UsedBytes);
    }

    [Fact]
    public void The_oldest_go_when_there_is_no_more_room()
    {
        var log = new RecentLog(_budget, 4 * SizeOfOne);
        for (int sequence = 1; sequence <= 10; sequence++)
        {
            log.Keep(Entry(sequence));
        }

        Assert.Equal([7, 8, 9, 10], Enumerable.Range(1, 10).Where(sequence => log.TryGet(Batches.Key, sequence, out _)));
        Assert.Equal(4 * SizeOfOne, _budget.UsedBytes);
    }

    [Fact]
    public void It_takes_a_small_share_of_a_small_budget_and_nothing_from_a_full_one()
    {
        var log = new RecentLog(_budget, long.MaxValue);
        int most = (1 << 20) / 32 / SizeOfOne;
        for (int sequence = 1; sequence <= most + 5; sequence++)
        {
            log.Keep(Entry(sequence));
        }

        Assert.Equal(most * SizeOfOne, _budget.UsedBytes);

        var full = new MemoryBudget(1 << 20);
        using MemoryLease all = full.Take(1 << 20, "all");
        var none = new RecentLog(full, 4 * SizeOfOne);
        none.Keep(Entry(1));
        Assert.False(none.TryGet(Batches.Key, 1, out _));
    }

    [Fact]
    public void Where_the_budget_is_full_newer_entries_take_the_place_of_older_ones()
    {
        var log = new RecentLog(_budget, 4 * SizeOfOne);
        log.Keep(Entry(1));
        log.Keep(Entry(2));
        using MemoryLease rest = _budget.Take(_budget.LimitBytes - _budget.UsedBytes, "rest");
        log.Keep(Entry(3));

        Assert.Equal([2, 3], Enumerable.Range(1, 3).Where(sequence => log.TryGet(Batches.Key, sequence, out _)));
        Assert.Equal(_budget.LimitBytes, _budget.UsedBytes);
    }

    [Theory]
    [InlineData(0, 12)]
    [InlineData(8, 4)]
    [InlineData(12, 0)]
    public async Task What_is_kept_is_not_read_and_the_end_always_is(int kept, int read)
    {
        const int Count = 12;
        var store = new MemoryBlobStore();
        var names = new List<string>();
        var watched = new FaultyBlobStore(store, new SeededRandom(1), new FaultRates());
        watched.OnPoint = point =>
        {
            if (point.IsAfter)
            {
                names.Add(point.BlobName);
            }

            return ValueTask.CompletedTask;
        };
        var log = new RecentLog(_budget, 1 << 20);
        for (int sequence = 1; sequence <= Count; sequence++)
        {
            LogEntry entry = Entry(sequence);
            await store.CreateAsync(DataPaths.WalEntry(Batches.Key.Incarnation, Batches.Key.Stream, sequence), entry.Bytes.ToArray(), Cancel);
            if (sequence <= kept)
            {
                log.Keep(entry);
            }
        }

        var reader = new LogReader(watched, Batches.Key, log);
        List<LogEntry> entries = await reader.ReadFromAsync(1, Cancel).ToListAsync(Cancel);

        Assert.Equal(Enumerable.Range(1, Count).Select(sequence => (long)sequence), entries.Select(entry => entry.Sequence));
        Assert.Equal(read, names.Distinct().Count(name => store.Names.Contains(name)));
        Assert.Contains(DataPaths.WalEntry(Batches.Key.Incarnation, Batches.Key.Stream, Count + 1), names);

        // A second reader of the same silo asks for the end alone.
        names.Clear();
        Assert.Equal(Count, await new LogReader(watched, Batches.Key, log).ReadFromAsync(1, Cancel).CountAsync(Cancel));
        Assert.Equal([DataPaths.WalEntry(Batches.Key.Incarnation, Batches.Key.Stream, Count + 1)], names);
    }

    private static LogEntry Entry(long sequence) => LogEntry.Create(
        Batches.Key, sequence, epoch: 1, isFence: false, DateTimeOffset.UnixEpoch, [LogBatch.Parse(Batches.Upsert("a", null, 1, 2), "test")]);
}
