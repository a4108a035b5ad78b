using Bigrain.Index.Catalog;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Log;

public sealed class LogTrimmerTests
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly InstantTime _time = new();
    private readonly MemoryBlobStore _store = new();
    private readonly SeededRandom _random = new(7);
    private readonly CollectionCatalog _catalog;

    public LogTrimmerTests() => _catalog = new CollectionCatalog(_store, _time, _random);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_floor_waits_for_every_partition_that_follows_and_for_the_batch_id_window()
    {
        // Two partitions, one stream: both follow it.
        (CollectionHead head, _) = await _catalog.CreateAsync("c", Schemas.Dense(2, Index.Schema.Metric.L2, partitions: 2, streams: 1), Cancel);
        var key = new StreamKey(head.Incarnation, 0);
        await using LogWriter writer = await LogWriter.OpenAsync(key, _store, _time, _random, new LogWriterOptions(), null, Cancel);
        for (int i = 0; i < 9; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(10));
            await writer.WriteAsync(Batches.Upsert($"d{i}", $"b{i}", 1, 2), Cancel);
        }

        var trimmer = new LogTrimmer(_store, _time, key, Window);
        Assert.Equal(1, await trimmer.FindFloorAsync(head, _catalog, Cancel));
        await RaiseAsync(head, partition: 0, floor: 11);
        Assert.Equal(1, await trimmer.FindFloorAsync(head, _catalog, Cancel));
        await RaiseAsync(head, partition: 1, floor: 3);
        Assert.Equal(3, await trimmer.FindFloorAsync(head, _catalog, Cancel));
        await RaiseAsync(head, partition: 1, floor: 11);

        // Entries 2 to 10 are 80 to 0 minutes old: those of the last hour stay.
        Assert.Equal(4, await trimmer.FindFloorAsync(head, _catalog, Cancel));
        writer.RaiseFloor(4);
        Assert.Equal(11, await writer.WriteAsync(Batches.Upsert("last", null, 1, 2), Cancel));
        Assert.Equal(3, await trimmer.DeleteAsync(Cancel));
        Assert.Equal(0, await trimmer.DeleteAsync(Cancel));

        await using LogWriter next = await LogWriter.OpenAsync(key, _store, _time, _random, new LogWriterOptions(), null, Cancel);
        Assert.Equal(12, next.LastSequence);
        Assert.Equal(10, await next.WriteAsync(Batches.Upsert("d8", "b8", 1, 2), Cancel));
        Assert.Equal(13, await next.WriteAsync(Batches.Upsert("new", null, 1, 2), Cancel));
    }

    [Fact]
    public async Task Reading_ahead_keeps_order_and_ends_at_the_first_absent_name()
    {
        await using LogWriter writer = await LogWriter.OpenAsync(Batches.Key, _store, _time, _random, new LogWriterOptions(), null, Cancel);
        for (int i = 0; i < 20; i++)
        {
            await writer.WriteAsync(Batches.Upsert($"d{i}", null, 1), Cancel);
        }

        await _store.DeleteAsync(DataPaths.WalEntry(Batches.Key.Incarnation, Batches.Key.Stream, 18), null, Cancel);
        List<LogEntry> entries = await new LogReader(_store, Batches.Key).ReadFromAsync(3, Cancel).ToListAsync(Cancel);
        Assert.Equal(Enumerable.Range(3, 15).Select(i => (long)i), entries.Select(entry => entry.Sequence));
        Assert.Empty(await new LogReader(_store, Batches.Key).ReadFromAsync(18, Cancel).ToListAsync(Cancel));
    }

    private async Task RaiseAsync(CollectionHead head, int partition, long floor)
    {
        var manifests = new ManifestStore(_store, _time, head.Incarnation, 1, partition, 1);
        ManifestSnapshot current = await manifests.ReadAsync(Cancel);
        PartitionManifest next = current.Manifest with { Revision = current.Manifest.Revision + 1, Floors = [floor] };
        Assert.NotNull(await manifests.TrySwapAsync(current, next, Cancel));
    }
}
