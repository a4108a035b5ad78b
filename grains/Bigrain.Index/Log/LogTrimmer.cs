using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Routing;

namespace Bigrain.Index.Log;

/// <summary>Finds and deletes the log entries that nobody needs any more.</summary>
/// <remarks>
/// <para>An entry is garbage when it is below the floor of every partition that follows the stream, in every generation that
/// HEAD names, and older than the batch-id window. The owner records the new floor in EPOCH first
/// (<see cref="LogWriter.RaiseFloor"/>), entries are deleted after that: whoever opens the log starts at that floor and
/// never takes a deleted name for the end.</para>
/// <para>Thread safe. Deleting twice is harmless.</para>
/// </remarks>
/// <param name="store">Where the log is.</param>
/// <param name="time">Clock.</param>
/// <param name="key">The stream.</param>
/// <param name="dedupeWindow">How long batch ids are remembered.</param>
public sealed class LogTrimmer(IBlobStore store, TimeProvider time, StreamKey key, TimeSpan dedupeWindow)
{
    private const int ConcurrentDeletes = 16;

    private readonly LogReader _reader = new(store, key);

    /// <summary>Finds the floor that the log may have.</summary>
    /// <param name="head">HEAD of the collection, freshly read.</param>
    /// <param name="catalog">For its generations.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>First sequence that must stay, at least 1.</returns>
    public async Task<long> FindFloorAsync(CollectionHead head, CollectionCatalog catalog, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(catalog);
        long floor = long.MaxValue;
        foreach (int generation in head.Generations)
        {
            floor = Math.Min(floor, await FindFloorAsync(head, catalog, generation, cancellationToken));
        }

        return await FindFloorAsync(floor, cancellationToken);
    }

    /// <summary>Finds the floor that the log may have.</summary>
    /// <param name="lowestPartitionFloor">Lowest floor of all partitions that follow the stream, in every generation that HEAD names.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>First sequence that must stay, at least 1.</returns>
    public async Task<long> FindFloorAsync(long lowestPartitionFloor, CancellationToken cancellationToken) =>
        await FirstYoungAsync(await ReadFloorAsync(cancellationToken), lowestPartitionFloor, cancellationToken);

    /// <summary>Raises the floor as far as the batch ids allow that are still remembered, and deletes the entries below it.</summary>
    /// <param name="writer">The owner of the stream; it and this trimmer have the same clock.</param>
    /// <param name="lowestPartitionFloor">Lowest floor of all partitions that follow the stream, in every generation that HEAD names.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The floor as it is now.</returns>
    /// <exception cref="Errors.BigrainException">The floor could not be raised: the store failed, or a newer owner exists.</exception>
    public async Task<long> TrimAsync(LogWriter writer, long lowestPartitionFloor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(writer);
        // EPOCH may be a newer owner's already, with a floor above all that this one knows: raising finds out.
        long floor = Math.Min(await FindFloorAsync(lowestPartitionFloor, cancellationToken), writer.LastSequence + 1);
        await writer.RaiseFloorAsync(floor, cancellationToken);
        await DeleteAsync(cancellationToken);
        return floor;
    }

    /// <summary>Deletes the entries below the floor that EPOCH records.</summary>
    /// <returns>Number of entries deleted.</returns>
    public async Task<int> DeleteAsync(CancellationToken cancellationToken)
    {
        string end = DataPaths.WalEntry(key.Incarnation, key.Stream, await ReadFloorAsync(cancellationToken));
        int deleted = 0;
        var deleting = new List<Task<bool>>(ConcurrentDeletes);
        await foreach (BlobEntry entry in store.ListAsync(DataPaths.Wal(key.Incarnation, key.Stream), null, cancellationToken))
        {
            if (string.CompareOrdinal(entry.Name, end) >= 0)
            {
                break;
            }

            deleting.Add(store.DeleteAsync(entry.Name, null, cancellationToken).AsTask());
            if (deleting.Count == ConcurrentDeletes)
            {
                deleted += (await Task.WhenAll(deleting)).Count(gone => gone);
                deleting.Clear();
            }
        }

        return deleted + (await Task.WhenAll(deleting)).Count(gone => gone);
    }

    private async Task<long> FindFloorAsync(CollectionHead head, CollectionCatalog catalog, int generation, CancellationToken cancellationToken)
    {
        GenerationRecord record = await catalog.ReadGenerationAsync(key.Incarnation, generation, cancellationToken);
        var router = new HashRouter(record.PartitionCount);
        long floor = long.MaxValue;
        for (int partition = 0; partition < record.PartitionCount; partition++)
        {
            if (router.Follows(partition, key.Stream, head.Schema.StreamCount))
            {
                var manifests = new ManifestStore(store, time, key.Incarnation, generation, partition, head.Schema.StreamCount);
                ManifestSnapshot snapshot = await manifests.ReadAsync(cancellationToken);
                floor = Math.Min(floor, snapshot.Manifest.Floors[key.Stream]);
            }
        }

        return floor;
    }

    /// <summary>Entries are ordered by time: finds the first in [low, high) that is inside the window; high when none is.</summary>
    private async Task<long> FirstYoungAsync(long low, long high, CancellationToken cancellationToken)
    {
        DateTimeOffset oldest = time.GetUtcNow() - dedupeWindow;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            LogEntry? entry = await _reader.ReadAsync(middle, cancellationToken);
            if (entry is null || entry.WrittenAt >= oldest)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private async Task<long> ReadFloorAsync(CancellationToken cancellationToken)
    {
        string name = DataPaths.Epoch(key.Incarnation, key.Stream);
        BlobContent? content = await store.ReadAsync(name, cancellationToken);
        return content is null ? 1 : StreamLog.Decode(name, content).Floor;
    }
}
