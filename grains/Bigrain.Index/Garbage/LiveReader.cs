using System.Collections.Concurrent;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Garbage;

/// <summary>Finds out what is reachable at one moment, although everything may change while it is read.</summary>
/// <remarks>
/// <para>A blob is protected by HEAD (through GENERATION and MANIFEST) or by a pin, and may pass from one to the other. The
/// steps: 1 pins; 2 HEADs, GENERATIONs, manifests; 3 pins again; 4 HEADs again. Where step 4 finds the HEADs of step 2, no HEAD
/// changed from step 2 to 3, so what none of them leads to was protected all that time by a pin that step 3 has read, or
/// unprotected at step 3. What is unprotected for a moment never becomes reachable again: incarnations, generations and segments
/// are never named twice, builders whose manifest tag is lost cannot commit, and a pin counts only if HEAD and manifests, read
/// after it was written, still name what it pins.</para>
/// <para>A manifest has one more writer than HEAD has: a builder whose segment is written but not yet committed. Before
/// anything that a manifest does not name may go, the manifest is swapped for itself with the next revision. From then on
/// nobody who built on an older one can commit.</para>
/// </remarks>
internal sealed class LiveReader(IBlobStore store, CollectionCatalog catalog, IEnumerable<IPinSource> sources, TimeProvider time, GarbageFlaws flaws, PinSet? trustedPins = null)
{
    private const int Attempts = 8;
    private const int ConcurrentReads = 16;

    private readonly SettledWrites _reads = new(store, time);
    private readonly ConcurrentDictionary<string, bool> _bumped = new(StringComparer.Ordinal);

    /// <summary>Reads it.</summary>
    /// <param name="due">Names of candidates that are due.</param>
    /// <param name="mayBump">Whether manifests beside due candidates may be swapped.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>: HEADs change all the time, or a newer release made one.</exception>
    /// <exception cref="CorruptBlobException">A HEAD, GENERATION or manifest is damaged or missing: nothing may be deleted.</exception>
    public async Task<LiveView> ReadAsync(IEnumerable<string> due, bool mayBump, CancellationToken cancellationToken)
    {
        ILookup<string, string> dueByPartition = due.ToLookup(PartitionPrefixOf, StringComparer.Ordinal);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (await TryReadAsync(dueByPartition, mayBump, cancellationToken) is { } view)
            {
                return view;
            }
        }

        throw new BigrainException(ErrorCode.Unavailable, "collections are made, dropped or published all the time: collect garbage later");
    }

    private async Task<LiveView?> TryReadAsync(ILookup<string, string> due, bool mayBump, CancellationToken cancellationToken)
    {
        // 1
        PinSet pins = trustedPins ?? new PinSet();
        if (trustedPins is null)
        {
            await pins.AddAsync(sources, cancellationToken);
        }

        // 2
        var collections = new Dictionary<CollectionIncarnation, LiveCollection>();
        await foreach (string name in catalog.ListNamesAsync(cancellationToken))
        {
            if (await ReadCollectionAsync(name, cancellationToken) is not { } collection)
            {
                return null;
            }

            collections.Add(collection.Head.Incarnation, collection);
        }

        foreach (LiveCollection collection in collections.Values)
        {
            await ReadGenerationsAsync(collection, due, mayBump, cancellationToken);
        }

        // 3
        if (trustedPins is null)
        {
            await pins.AddAsync(sources, cancellationToken);
        }

        // 4
        return await AreUnchangedAsync(collections, cancellationToken)
            ? new LiveView(collections, pins, _bumped.Count)
            : null;
    }

    private async Task<LiveCollection?> ReadCollectionAsync(string name, CancellationToken cancellationToken)
    {
        BlobTag? tag = await TagOfAsync(name, cancellationToken);
        CollectionHead? head = tag is null ? null : await catalog.ReadAsync(name, cancellationToken);
        return head is null ? null : new LiveCollection(head, tag!.Value);
    }

    private async Task<bool> AreUnchangedAsync(Dictionary<CollectionIncarnation, LiveCollection> collections, CancellationToken cancellationToken)
    {
        Dictionary<string, LiveCollection> byName = collections.Values.ToDictionary(collection => collection.Head.Name, StringComparer.Ordinal);
        int found = 0;
        await foreach (string name in catalog.ListNamesAsync(cancellationToken))
        {
            if (!byName.TryGetValue(name, out LiveCollection? known) || await TagOfAsync(name, cancellationToken) != known.Tag)
            {
                return false;
            }

            found++;
        }

        return found == byName.Count;
    }

    private async Task<BlobTag?> TagOfAsync(string name, CancellationToken cancellationToken) =>
        (await _reads.ReadAsync(token => store.GetPropertiesAsync(DataPaths.Head(name), token), cancellationToken))?.Tag;

    private async Task ReadGenerationsAsync(LiveCollection collection, ILookup<string, string> due, bool mayBump, CancellationToken cancellationToken)
    {
        CollectionHead head = collection.Head;
        foreach (int number in head.Generations)
        {
            GenerationRecord generation = await catalog.ReadGenerationAsync(head.Incarnation, number, cancellationToken);
            collection.Folders.Add(number);
            collection.Folders.UnionWith(generation.Representations.Select(representation => representation.Tables?.Generation).OfType<int>());
            (int Home, int Partition)[] unread =
            [
                .. Enumerable.Range(0, generation.PartitionCount)
                    .Select(partition => (generation.HomeOf(partition), partition))
                    .Where(place => !collection.Partitions.ContainsKey(place)),
            ];
            foreach ((int Home, int Partition)[] some in unread.Chunk(ConcurrentReads))
            {
                LivePartition[] read = await Task.WhenAll(some.Select(place =>
                    ReadPartitionAsync(head, place.Home, place.Partition, generation.PartitionCount, due, mayBump, cancellationToken)));
                foreach (((int Home, int Partition) place, LivePartition partition) in some.Zip(read))
                {
                    collection.Folders.Add(place.Home);
                    collection.Partitions.Add(place, partition);
                }
            }
        }

        // The homes' own records lead to tables as well.
        foreach (int home in collection.Folders.Except(head.Generations).ToArray())
        {
            GenerationRecord generation = await catalog.ReadGenerationAsync(head.Incarnation, home, cancellationToken);
            collection.Folders.UnionWith(generation.Representations.Select(representation => representation.Tables?.Generation).OfType<int>());
        }
    }

    private async Task<LivePartition> ReadPartitionAsync(
        CollectionHead head, int home, int partition, int partitionCount, ILookup<string, string> due, bool mayBump, CancellationToken cancellationToken)
    {
        var manifests = new ManifestStore(store, time, head.Incarnation, home, partition, head.Schema.StreamCount);
        string prefix = DataPaths.Partition(head.Incarnation, home, partition);
        while (true)
        {
            ManifestSnapshot snapshot = await manifests.ReadAsync(cancellationToken);
            bool isUnbuilt = snapshot.Tag is null && home == head.BuildingGeneration;
            var live = new LivePartition(partitionCount, partition, snapshot.Manifest, isUnbuilt, mayDelete: _bumped.ContainsKey(prefix));
            bool hasOrphans = due[prefix].Any(name => DataBlob.TryParse(name + "x", out DataBlob blob) && !live.Names(blob.Segment, blob.File[..^1]));
            if (isUnbuilt || live.MayDelete || !mayBump || !hasOrphans)
            {
                return live;
            }

            if (flaws.HasFlag(GarbageFlaws.SkipBump))
            {
                return new LivePartition(partitionCount, partition, snapshot.Manifest, isUnbuilt: false, mayDelete: true);
            }

            PartitionManifest next = snapshot.Manifest with { Revision = snapshot.Manifest.Revision + 1 };
            if (await manifests.TrySwapAsync(snapshot, next, cancellationToken) is not null)
            {
                // What it names is read again: the next swap may have come already, and no older builder can come any more.
                _bumped.TryAdd(prefix, true);
            }
        }
    }

    /// <summary>Prefix of the partition that a name is in; empty for anything that is not a part of a segment.</summary>
    private static string PartitionPrefixOf(string name) =>
        DataBlob.TryParse(name + "x", out DataBlob blob) && blob.Kind == DataBlobKind.SegmentFile
            ? DataPaths.Partition(blob.Incarnation, blob.Generation, blob.Partition)
            : "";
}
