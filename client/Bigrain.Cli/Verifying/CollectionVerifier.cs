using System.Globalization;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Randomness;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;

namespace Bigrain.Cli.Verifying;

/// <summary>Reads every blob of a collection again, whether or not a server runs.</summary>
internal sealed class CollectionVerifier
{
    private readonly IBlobStore _store;
    private readonly SegmentAccess _access;
    private readonly CollectionCatalog _catalog;
    private readonly TimeProvider _clock;
    private readonly IProgress<Share> _progress;
    private readonly List<VerifyDamage> _damage = [];
    private long _blobs;
    private long _bytes;
    private int _segments;

    /// <summary>Verifies over a store.</summary>
    public CollectionVerifier(IBlobStore store, ILocalFiles files, TimeProvider clock, IProgress<Share> progress)
    {
        _store = store;
        _access = new SegmentAccess(store, files, RecordsAreLocal: false);
        _catalog = new CollectionCatalog(store, clock, new SystemRandomSource());
        _clock = clock;
        _progress = progress;
    }

    /// <summary>Verifies a collection.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>: the store has no such collection.</exception>
    public async Task<VerifyReport> RunAsync(string collection, CancellationToken cancellationToken)
    {
        CollectionHead? head = null;
        await TryAsync(async () => head = await _catalog.ReadAsync(collection, cancellationToken)
            ?? throw new BigrainException(ErrorCode.NotFound, $"the store has no collection '{collection}'", "collection"));
        if (head is not null)
        {
            foreach (int generation in head.Generations)
            {
                await VerifyGenerationAsync(head, generation, cancellationToken);
            }

            for (int stream = 0; stream < head.Schema.StreamCount; stream++)
            {
                await VerifyLogAsync(new StreamKey(head.Incarnation, stream), cancellationToken);
            }
        }

        return new VerifyReport(collection, _segments, _blobs, _bytes, _damage);
    }

    private async Task VerifyGenerationAsync(CollectionHead head, int generation, CancellationToken cancellationToken)
    {
        GenerationRecord? record = null;
        await TryAsync(async () => record = await _catalog.ReadGenerationAsync(head.Incarnation, generation, cancellationToken));
        for (int p = 0; p < record?.PartitionCount; p++)
        {
            int partition = p;
            ManifestStore manifests = new(_store, _clock, head.Incarnation, generation, partition, head.Schema.StreamCount);
            await TryAsync(async () =>
            {
                ManifestSnapshot snapshot = await manifests.ReadAsync(cancellationToken);
                foreach (SegmentDescriptor segment in snapshot.Manifest.Segments)
                {
                    SegmentLocation location = new(head.Incarnation, generation, partition, segment.Name);
                    await VerifySegmentAsync(location, segment, head.Schema, manifests, cancellationToken);
                }
            });
            _progress.Report(new Share(partition + 1, record.PartitionCount));
        }
    }

    private async Task VerifySegmentAsync(
        SegmentLocation location, SegmentDescriptor segment, CollectionSchema schema, ManifestStore manifests, CancellationToken cancellationToken)
    {
        SegmentReport report = await new SegmentVerifier(_access).VerifyAsync(location, segment, schema, cancellationToken);
        _segments++;
        _blobs += report.FilesChecked;
        _bytes += report.BytesRead;
        if (!report.IsWhole && await IsNamedAsync(manifests, segment, cancellationToken))
        {
            _damage.AddRange(report.Damage.Select(static d => new VerifyDamage(d.BlobName, d.Offset, d.Expected, d.Found)));
        }
    }

    // A running server may have replaced the segment meanwhile: what no manifest names is no loss.
    private static async Task<bool> IsNamedAsync(ManifestStore manifests, SegmentDescriptor segment, CancellationToken cancellationToken) =>
        (await manifests.ReadAsync(cancellationToken)).Manifest.Segments.Any(
            s => s.Name == segment.Name && s.DeletesFile?.Name == segment.DeletesFile?.Name);

    private async Task VerifyLogAsync(StreamKey stream, CancellationToken cancellationToken)
    {
        LogReader reader = new(_store, stream);
        long? floor = null;
        await TryAsync(async () => floor = await reader.ReadFloorAsync(cancellationToken));
        long expected = floor ?? 1;
        await foreach (BlobEntry entry in _store.ListAsync(DataPaths.Wal(stream.Incarnation, stream.Stream), null, cancellationToken))
        {
            string number = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) && sequence >= 1)
            {
                if (sequence >= expected)
                {
                    // Sequences have no gaps: what follows a missing entry would never be replayed.
                    AddMissing(stream, expected, sequence);
                    expected = sequence + 1;
                }

                await TryAsync(() => reader.ReadAsync(sequence, cancellationToken));
            }
        }
    }

    private void AddMissing(StreamKey stream, long first, long end)
    {
        for (long sequence = first; sequence < end; sequence++)
        {
            _damage.Add(new VerifyDamage(DataPaths.WalEntry(stream.Incarnation, stream.Stream, sequence), 0, "a log entry", "no blob"));
        }
    }

    private async Task TryAsync(Func<Task> read)
    {
        _blobs++;
        try
        {
            await read();
        }
        catch (CorruptBlobException e)
        {
            _damage.Add(new VerifyDamage(e.BlobName, e.Offset, e.Expected, e.Found));
        }
    }
}
