using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Reindexing;

/// <summary>Takes hold of the segments that a new generation is made of, so that they stay until the job has ended.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="journal">What was decided.</param>
internal sealed class ReindexSources(ReindexParts parts, ReindexJournal journal)
{
    private const string Stage = "building";
    private const int ConcurrentReads = 16;

    /// <summary>Pins the segments once. HEAD names the new generation by now, so that the log above these floors stays.</summary>
    public async Task<ImmutableArray<PinnedPartition>> PinAsync(CollectionHead head, GenerationRecord source, CancellationToken cancellationToken)
    {
        if (journal.Body.IsPinned)
        {
            return await ReadPinsAsync(journal.Body.SourcesBlob!, cancellationToken);
        }

        ImmutableArray<PinnedPartition> pinned = await PinSegmentsAsync(head, source, Stage, cancellationToken);
        await journal.SaveAsync(journal.Body with { IsPinned = true }, Stage, 0, 0, cancellationToken);
        parts.FailPoints.Hit("reindex.pinned");
        return pinned;
    }

    /// <summary>Pins the segments of the source. The pin is durable first; then the manifest is read again, and only if it still is what
    /// was pinned, nobody can have given up any of it before the pin could be seen. Partitions for which that holds stay as they are:
    /// of very many, one changes its manifest all the time.</summary>
    public async Task<ImmutableArray<PinnedPartition>> PinSegmentsAsync(
        CollectionHead head, GenerationRecord source, string stage, CancellationToken cancellationToken)
    {
        ImmutableArray<PartitionKey> keys =
        [
            .. Enumerable.Range(0, source.PartitionCount)
                .Where(partition => journal.Request.Partitions?.Contains(partition) ?? true)
                .Select(partition => source.KeyOf(journal.Incarnation, partition)),
        ];
        await new SourceFreeze(parts).RunAsync(head, keys, cancellationToken);
        PinnedPartition[] pinned = await ReadManifestsAsync(head, keys, cancellationToken);
        int[] unsure = [.. Enumerable.Range(0, keys.Length)];
        while (true)
        {
            string blob = $"{DataPaths.JobData(journal.Job.Id)}sources-{parts.Services.Random.NextUInt64():x16}";
            await new SettledWrites(parts.Services.Store, parts.Services.Time).CreateAsync(blob, PinnedPartitions.Encode([.. pinned]), cancellationToken);
            await journal.SaveAsync(journal.Body with { SourcesBlob = blob }, stage, 0, 0, cancellationToken);
            PinnedPartition[] again = await ReadManifestsAsync(head, [.. unsure.Select(i => keys[i])], cancellationToken);
            (int Index, PinnedPartition Now)[] changed =
                [.. unsure.Zip(again).Where(pair => pair.Second.Manifest.Revision != pinned[pair.First].Manifest.Revision)];
            if (changed.Length == 0)
            {
                return [.. pinned];
            }

            foreach ((int index, PinnedPartition now) in changed)
            {
                pinned[index] = now;
            }

            unsure = [.. changed.Select(static partition => partition.Index)];
        }
    }

    private async Task<ImmutableArray<PinnedPartition>> ReadPinsAsync(string blob, CancellationToken cancellationToken)
    {
        BlobContent content = await parts.Services.Store.ReadAsync(blob, cancellationToken)
            ?? throw new CorruptBlobException(blob, 0, "the pinned manifests of a running job", "no blob");
        return PinnedPartitions.Decode(content.Bytes.Span);
    }

    private async Task<PinnedPartition[]> ReadManifestsAsync(CollectionHead head, ImmutableArray<PartitionKey> keys, CancellationToken cancellationToken)
    {
        var read = new List<PinnedPartition>(keys.Length);
        foreach (PartitionKey[] some in keys.Chunk(ConcurrentReads))
        {
            read.AddRange(await Task.WhenAll(some.Select(ReadAsync)));
        }

        return [.. read];

        async Task<PinnedPartition> ReadAsync(PartitionKey key)
        {
            var manifests = new ManifestStore(
                parts.Services.Store, parts.Services.Time, key.Incarnation, key.Generation, key.Partition, head.Schema.StreamCount);
            return new PinnedPartition(key, (await manifests.ReadAsync(cancellationToken)).Manifest);
        }
    }
}
