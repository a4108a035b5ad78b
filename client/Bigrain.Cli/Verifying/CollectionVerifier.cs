using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Randomness;
using Bigrain.Index.Segments;

namespace Bigrain.Cli.Verifying;

/// <summary>Reads every blob of a collection again, whether or not a server runs.</summary>
/// <remarks>A running server swaps manifests, trims logs and publishes generations meanwhile. Nothing is called damaged before what named it
/// was read again and still names it: a blob that nothing names any more may be gone.</remarks>
internal sealed class CollectionVerifier
{
    /// <summary>Collections that an error names.</summary>
    private const int MostNames = 20;

    private readonly CountedReads _counted;
    private readonly SegmentAccess _access;
    private readonly CollectionCatalog _catalog;
    private readonly TimeProvider _clock;
    private readonly IProgress<Share> _progress;
    private readonly DamageList _damage = new();
    private long _bytes;
    private int _segments;

    /// <summary>Verifies over a store.</summary>
    public CollectionVerifier(IBlobStore store, ILocalFiles files, TimeProvider clock, IProgress<Share> progress)
    {
        // Segments count their bytes themselves: where files are local, the store is not asked for them.
        _access = new SegmentAccess(store, files, RecordsAreLocal: false);
        _counted = new CountedReads(store);
        _catalog = new CollectionCatalog(_counted, clock, new SystemRandomSource());
        _clock = clock;
        _progress = progress;
    }

    /// <summary>Verifies a collection.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>: the store has no such collection.</exception>
    public async Task<VerifyReport> RunAsync(string collection, CancellationToken cancellationToken)
    {
        CollectionHead? head = null;
        await _damage.TryAsync(async () => head = await _catalog.ReadAsync(collection, cancellationToken)
            ?? throw new BigrainException(ErrorCode.NotFound, await DescribeMissingAsync(collection, cancellationToken), "collection"));
        if (head is not null)
        {
            foreach (int generation in head.Generations)
            {
                await VerifyGenerationAsync(head, generation, cancellationToken);
            }

            var log = new LogVerifier(_counted, _catalog, _clock, _damage);
            for (int stream = 0; stream < head.Schema.StreamCount; stream++)
            {
                await log.VerifyAsync(head, stream, cancellationToken);
            }
        }

        return new VerifyReport(collection, _segments, _damage.BlobsRead, _bytes + _counted.Bytes, _damage.Places);
    }

    private async Task<string> DescribeMissingAsync(string collection, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (string name in _catalog.ListNamesAsync(cancellationToken))
        {
            names.Add(name);
            if (names.Count > MostNames)
            {
                names[MostNames] = "...";
                break;
            }
        }

        return $"the store has no collection '{collection}': "
            + (names.Count == 0 ? "it has none at all, name the store of the server" : $"it has {string.Join(", ", names)}");
    }

    private async Task VerifyGenerationAsync(CollectionHead head, int number, CancellationToken cancellationToken)
    {
        int before = _damage.Count;
        GenerationRecord? generation = null;
        await _damage.TryAsync(async () => generation = await _catalog.ReadGenerationAsync(head.Incarnation, number, cancellationToken));
        if (generation is not null)
        {
            foreach (int home in Enumerable.Range(0, generation.PartitionCount).Select(generation.HomeOf).Distinct().Where(home => home != number))
            {
                await _damage.TryAsync(() => _catalog.ReadGenerationAsync(head.Incarnation, home, cancellationToken));
            }

            await VerifyTablesAsync(head, generation, cancellationToken);
            for (int partition = 0; partition < generation.PartitionCount; partition++)
            {
                await VerifyPartitionAsync(head, generation, partition, cancellationToken);
                _progress.Report(new Share(partition + 1, generation.PartitionCount));
            }
        }

        // It may have been forgotten since, or the collection dropped: its blobs are nobody's loss then.
        if (_damage.Count > before
            && (await _catalog.ReadAsync(head.Name, cancellationToken) is not { } now || now.Incarnation != head.Incarnation || !now.Generations.Contains(number)))
        {
            _damage.Forget(before);
        }
    }

    private async Task VerifyTablesAsync(CollectionHead head, GenerationRecord generation, CancellationToken cancellationToken)
    {
        foreach (GenerationRepresentation representation in generation.Representations)
        {
            if (representation.Tables is { } tables)
            {
                string name = DataPaths.Tables(head.Incarnation, tables.Generation, representation.Name);
                await _damage.TryAsync(() => BlobCheck.RequireAsync(_counted, name, tables.LengthBytes, tables.XxHash128, cancellationToken));
            }
        }
    }

    private async Task VerifyPartitionAsync(CollectionHead head, GenerationRecord generation, int partition, CancellationToken cancellationToken)
    {
        int home = generation.HomeOf(partition);
        ManifestStore manifests = new(_counted, _clock, head.Incarnation, home, partition, head.Schema.StreamCount);
        await _damage.TryAsync(async () =>
        {
            ManifestSnapshot snapshot = await manifests.ReadAsync(cancellationToken);
            foreach (SegmentDescriptor segment in snapshot.Manifest.Segments)
            {
                SegmentLocation location = new(head.Incarnation, home, partition, segment.Name);
                SegmentReport report = await new SegmentVerifier(_access)
                    .VerifyAsync(location, segment, generation.SchemaOf(head.Schema), cancellationToken);
                _segments++;
                _damage.BlobsRead += report.FilesChecked;
                _bytes += report.BytesRead;
                if (!report.IsWhole && await IsNamedAsync(manifests, segment, cancellationToken))
                {
                    _damage.AddRange(report.Damage.Select(static d => new VerifyDamage(d.BlobName, d.Offset, d.Expected, d.Found)));
                }
            }
        });
    }

    // A running server may have replaced the segment meanwhile: what no manifest names is no loss.
    private static async Task<bool> IsNamedAsync(ManifestStore manifests, SegmentDescriptor segment, CancellationToken cancellationToken) =>
        (await manifests.ReadAsync(cancellationToken)).Manifest.Segments.Any(
            s => s.Name == segment.Name && s.DeletesFile?.Name == segment.DeletesFile?.Name);
}
