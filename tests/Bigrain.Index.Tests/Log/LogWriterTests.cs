using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Log;

public sealed class LogWriterTests
{
    private static readonly StreamKey Key = new(new CollectionIncarnation("00112233445566778899aabbccddeeff"), 2);
    private readonly MemoryBlobStore _store = new();
    private readonly SeededRandom _random = new(7);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acknowledged_batches_are_read_back_in_order_after_the_fence()
    {
        var pushed = new List<LogEntry>();
        await using LogWriter writer = await OpenAsync(pushed.Add);

        Assert.Equal(1, writer.LastSequence);
        Assert.Equal(2, await writer.WriteAsync(Batch("a", null, 1, 2), Cancel));
        Assert.Equal(3, await writer.WriteAsync(Batch("b", null, 3), Cancel));

        List<LogEntry> entries = await new LogReader(_store, Key).ReadFromAsync(1, Cancel).ToListAsync(Cancel);
        Assert.Equal([true, false, false], entries.Select(e => e.IsFence));
        Assert.Equal([1L, 2, 3], entries.Select(e => e.Sequence));
        Assert.Equal("a", Encoding.UTF8.GetString(entries[1].Batches[0][0].Id.Span));
        Assert.True(entries[1].Batches[0][0].TryGetVector(0, out ReadOnlyMemory<byte> vector));
        Assert.Equal([1f, 2f], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(vector.Span).ToArray());
        Assert.Equal([2L, 3], pushed.Select(e => e.Sequence));
    }

    [Fact]
    public async Task The_same_batch_id_is_written_once_also_after_reopening()
    {
        await using LogWriter first = await OpenAsync();
        long sequence = await first.WriteAsync(Batch("a", "batch-1", 1), Cancel);
        Assert.Equal(sequence, await first.WriteAsync(Batch("a", "batch-1", 1), Cancel));

        await using LogWriter second = await OpenAsync();
        Assert.Equal(sequence, await second.WriteAsync(Batch("a", "batch-1", 1), Cancel));
        Assert.Equal(2, second.Epoch);
    }

    [Fact]
    public async Task A_writer_that_was_replaced_is_fenced()
    {
        await using LogWriter old = await OpenAsync();
        await using LogWriter current = await OpenAsync();

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => old.WriteAsync(Batch("a", null, 1), Cancel));
        Assert.Equal(ErrorCode.Fenced, error.Code);
        Assert.True(old.IsFenced);
        Assert.Equal(3, await current.WriteAsync(Batch("a", null, 1), Cancel));
    }

    private static byte[] Batch(string id, string? batchId, params float[] vector)
    {
        var builder = new LogBatchBuilder(1, batchId);
        byte[] utf8 = Encoding.UTF8.GetBytes(id);
        builder.AddUpsert(utf8, XxIdHash.Instance.Hash(utf8), vector, []);
        return builder.Build();
    }

    private Task<LogWriter> OpenAsync(Action<LogEntry>? committed = null) =>
        LogWriter.OpenAsync(Key, _store, TimeProvider.System, _random, new LogWriterOptions(), committed, Cancel);
}
