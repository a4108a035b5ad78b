using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Log;

public sealed class LogWriterTests
{
    private readonly MemoryBlobStore _store = new();
    private readonly FaultyBlobStore _faulty;
    private readonly SeededRandom _random = new(7);
    private readonly InstantTime _time = new();

    public LogWriterTests() => _faulty = new FaultyBlobStore(_store, new SeededRandom(8), new FaultRates());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acknowledged_batches_are_read_back_in_order_after_the_fence()
    {
        var pushed = new List<LogEntry>();
        await using LogWriter writer = await OpenAsync(committed: pushed.Add);

        Assert.Equal(1, writer.LastSequence);
        Assert.Equal(2, await writer.WriteAsync(Batches.Upsert("a", null, 1, 2), Cancel));
        Assert.Equal(3, await writer.WriteAsync(Batches.Upsert("b", null, 3), Cancel));

        List<LogEntry> entries = await ReadAllAsync();
        Assert.Equal([true, false, false], entries.Select(e => e.IsFence));
        Assert.Equal([1L, 2, 3], entries.Select(e => e.Sequence));
        Assert.Equal(["a", "b"], Batches.IdsOf(entries));
        Assert.Equal([2L, 3], pushed.Select(e => e.Sequence));
    }

    [Fact]
    public async Task The_same_batch_id_is_written_once_also_after_reopening()
    {
        await using LogWriter first = await OpenAsync();
        long sequence = await first.WriteAsync(Batches.Upsert("a", "batch-1", 1), Cancel);
        Assert.Equal(sequence, await first.WriteAsync(Batches.Upsert("a", "batch-1", 1), Cancel));

        await using LogWriter second = await OpenAsync();
        Assert.Equal(sequence, await second.WriteAsync(Batches.Upsert("a", "batch-1", 1), Cancel));
        Assert.Equal(2, second.Epoch);
        Assert.Equal(["a"], Batches.IdsOf(await ReadAllAsync()));
    }

    [Fact]
    public async Task A_batch_id_is_forgotten_after_the_window()
    {
        await using LogWriter writer = await OpenAsync();
        long first = await writer.WriteAsync(Batches.Upsert("a", "batch-1", 1), Cancel);
        _time.Advance(TimeSpan.FromMinutes(61));
        await writer.WriteAsync(Batches.Upsert("b", "batch-2", 1), Cancel);
        Assert.NotEqual(first, await writer.WriteAsync(Batches.Upsert("a", "batch-1", 1), Cancel));
    }

    [Fact]
    public async Task A_clock_that_jumps_back_does_not_forget_batch_ids()
    {
        await using LogWriter first = await OpenAsync();
        long sequence = await first.WriteAsync(Batches.Upsert("a", "batch-1", 1), Cancel);
        _time.Advance(TimeSpan.FromHours(-30));
        await using LogWriter second = await OpenAsync();
        Assert.Equal(sequence, await second.WriteAsync(Batches.Upsert("a", "batch-1", 1), Cancel));
        List<LogEntry> entries = await ReadAllAsync();
        Assert.Equal(entries.Select(e => e.WrittenAt).Order(), entries.Select(e => e.WrittenAt));
    }

    [Fact]
    public async Task A_writer_that_was_replaced_is_fenced()
    {
        await using LogWriter old = await OpenAsync();
        await using LogWriter current = await OpenAsync();

        Assert.Equal(ErrorCode.Fenced, await FailAsync(old, "a"));
        Assert.True(old.IsFenced);
        Assert.Equal(ErrorCode.Fenced, await FailAsync(old, "b"));
        Assert.Equal(3, await current.WriteAsync(Batches.Upsert("c", null, 1), Cancel));
        Assert.Equal(["c"], Batches.IdsOf(await ReadAllAsync()));
    }

    [Fact]
    public async Task A_sleeper_whose_next_name_was_deleted_again_does_not_acknowledge()
    {
        await using LogWriter old = await OpenAsync();
        await using LogWriter current = await OpenAsync();
        for (int i = 0; i < 5; i++)
        {
            await current.WriteAsync(Batches.Upsert($"new-{i}", null, 1), Cancel);
        }

        current.RaiseFloor(6);
        await current.WriteAsync(Batches.Upsert("last", null, 1), Cancel);
        Assert.Equal(5, await new LogTrimmer(_store, _time, Batches.Key, TimeSpan.FromHours(1)).DeleteAsync(Cancel));

        Assert.Equal(ErrorCode.Fenced, await FailAsync(old, "ghost"));
        Assert.Contains(DataPaths.WalEntry(Batches.Key.Incarnation, Batches.Key.Stream, 2), _store.Names);
        await using LogWriter next = await OpenAsync();
        Assert.Equal(9, next.LastSequence);
    }

    [Fact]
    public async Task What_arrives_during_a_write_forms_one_group()
    {
        await using LogWriter writer = await OpenAsync();
        var gate = new TaskCompletionSource();
        _faulty.OnPoint = _ => new ValueTask(gate.Task);
        Task<long> first = writer.WriteAsync(Batches.Upsert("a", null, 1), Cancel);
        Task<long>[] waiting = [.. "bcd".Select(id => writer.WriteAsync(Batches.Upsert($"{id}", $"batch-{id}", 1), Cancel))];
        Task<long> same = writer.WriteAsync(Batches.Upsert("b", "batch-b", 1), Cancel);
        _faulty.OnPoint = null;
        gate.SetResult();

        Assert.Equal(2, await first);
        Assert.All(await Task.WhenAll(waiting), sequence => Assert.Equal(3, sequence));
        Assert.Equal(3, await same);
        Assert.Equal(["a", "b", "c", "d"], Batches.IdsOf(await ReadAllAsync()));
        Assert.Equal(0, writer.QueuedBytes);
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_takes_nothing()
    {
        byte[] batch = Batches.Upsert("a", null, new float[100]);
        await using LogWriter writer = await OpenAsync(new LogWriterOptions { QueueBytes = batch.Length * 2, GroupBytes = batch.Length });
        var gate = new TaskCompletionSource();
        _faulty.OnPoint = _ => new ValueTask(gate.Task);
        Task<long> first = writer.WriteAsync(batch, Cancel), second = writer.WriteAsync(batch, Cancel);

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => writer.WriteAsync(batch, Cancel));
        Assert.Equal(ErrorCode.Overloaded, error.Code);
        Assert.NotNull(error.RetryAfter);
        _faulty.OnPoint = null;
        gate.SetResult();
        Assert.Equal((2, 3), (await first, await second));
        Assert.Equal(4, await writer.WriteAsync(batch, Cancel));
    }

    [Fact]
    public async Task Partitions_that_are_behind_hold_writers_back()
    {
        await using LogWriter writer = await OpenAsync();
        writer.BackPressure = () => TimeSpan.FromSeconds(3);
        BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => writer.WriteAsync(Batches.Upsert("a", null, 1), Cancel));
        Assert.Equal((ErrorCode.Overloaded, TimeSpan.FromSeconds(3)), (error.Code, error.RetryAfter));
        writer.BackPressure = () => null;
        Assert.Equal(2, await writer.WriteAsync(Batches.Upsert("a", null, 1), Cancel));
    }

    [Theory]
    [InlineData("lost request")]
    [InlineData("lost reply")]
    [InlineData("late")]
    public async Task A_write_of_unknown_outcome_is_settled_before_anything_else(string fault)
    {
        await using LogWriter writer = await OpenAsync();
        _faulty.Rates = fault switch
        {
            "lost request" => new FaultRates { LostRequest = 1 },
            "lost reply" => new FaultRates { LostReply = 1 },
            _ => new FaultRates { LateWrite = 1 },
        };
        Task<long> write = writer.WriteAsync(Batches.Upsert("a", "batch-a", 1), Cancel);
        if (fault == "lost request")
        {
            Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<BigrainException>(() => write)).Code);
        }
        else
        {
            Assert.Equal(2, await write);
        }

        _faulty.Rates = new FaultRates();
        Assert.Equal(3, await writer.WriteAsync(Batches.Upsert("b", null, 1), Cancel));
        Assert.Equal(2, await writer.WriteAsync(Batches.Upsert("a", "batch-a", 1), Cancel));
        Assert.Equal(["a", "b"], Batches.IdsOf(await ReadAllAsync()));
    }

    [Fact]
    public async Task A_writer_that_closes_fails_what_still_waits()
    {
        LogWriter writer = await OpenAsync();
        var gate = new TaskCompletionSource();
        _faulty.OnPoint = _ => new ValueTask(gate.Task);
        Task<long> first = writer.WriteAsync(Batches.Upsert("a", null, 1), Cancel);
        Task<long> second = writer.WriteAsync(Batches.Upsert("b", null, 1), Cancel);
        ValueTask closing = writer.DisposeAsync();
        _faulty.OnPoint = null;
        gate.SetResult();
        await closing;
        Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<BigrainException>(() => second)).Code);
        await Task.WhenAny(first);
        Assert.True(first.IsCompleted);
    }

    [Fact]
    public async Task A_hole_in_the_log_is_damage_and_not_its_end()
    {
        await using (LogWriter writer = await OpenAsync())
        {
            await writer.WriteAsync(Batches.Upsert("a", null, 1), Cancel);
            await writer.WriteAsync(Batches.Upsert("b", null, 1), Cancel);
        }

        string name = DataPaths.WalEntry(Batches.Key.Incarnation, Batches.Key.Stream, 2);
        await _store.DeleteAsync(name, null, Cancel);
        BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => OpenAsync());
        Assert.Equal(ErrorCode.DataCorrupt, error.Code);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_epoch_is_damage_while_there_is_a_log()
    {
        await (await OpenAsync()).DisposeAsync();
        await _store.DeleteAsync(DataPaths.Epoch(Batches.Key.Incarnation, Batches.Key.Stream), null, Cancel);
        Assert.Equal(ErrorCode.DataCorrupt, (await Assert.ThrowsAsync<BigrainException>(() => OpenAsync())).Code);
    }

    [Fact]
    public async Task A_flipped_bit_in_the_log_or_epoch_stops_the_opening()
    {
        await (await OpenAsync()).DisposeAsync();
        foreach (string name in _store.Names)
        {
            _store.FlipBit(name, 20, 3);
            Assert.Equal(ErrorCode.DataCorrupt, (await Assert.ThrowsAsync<BigrainException>(() => OpenAsync())).Code);
            _store.FlipBit(name, 20, 3);
        }

        await (await OpenAsync()).DisposeAsync();
    }

    private async Task<ErrorCode> FailAsync(LogWriter writer, string id) =>
        (await Assert.ThrowsAsync<BigrainException>(() => writer.WriteAsync(Batches.Upsert(id, null, 1), Cancel))).Code;

    private async Task<List<LogEntry>> ReadAllAsync() => await new LogReader(_store, Batches.Key).ReadFromAsync(1, Cancel).ToListAsync(Cancel);

    private Task<LogWriter> OpenAsync(LogWriterOptions? options = null, Action<LogEntry>? committed = null) =>
        LogWriter.OpenAsync(Batches.Key, _faulty, _time, _random, options ?? new LogWriterOptions(), committed, Cancel);
}
