using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Routing;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;

namespace Bigrain.Index.Reindexing;

/// <summary>Builds one partition of a new generation from pinned partitions of another one.</summary>
/// <remarks>
/// <para>(1) Copy every living document that the target owns into new segments, (2) create its MANIFEST. That blob is the only
/// commit: whoever finds it has nothing left to do, and what a build that ended before it has written is garbage.</para>
/// <para>The floors are the lowest of the sources, so replaying the log above them may pass over documents that a segment has
/// already, in a newer state even. That is right in the end: a replay applies every later operation of an id in order, the
/// last one wins, and an id without one is as its source was.</para>
/// </remarks>
public sealed class PartitionBuild
{
    private readonly PartitionBuildRequest _request;
    private readonly PartitionServices _services;
    private readonly ImmutableArray<PinnedPartition> _sources;
    private readonly HashRouter _router;

    private PartitionBuild(PartitionBuildRequest request, PartitionServices services)
    {
        _request = request with { Head = request.Head with { Schema = request.Generation.SchemaOf(request.Head.Schema) } };
        _services = services;
        _router = new HashRouter(request.Generation.PartitionCount);
        _sources = PinnedPartitions.Overlapping(
            request.Sources, request.SourcePartitionCount, request.Partition, request.Generation.PartitionCount);
        int wanted = Enumerable.Range(0, request.SourcePartitionCount)
            .Count(source => HashRange.Overlap(source, request.SourcePartitionCount, request.Partition, request.Generation.PartitionCount));
        if (_sources.Select(source => source.Key.Partition).Distinct().Count() != wanted || _sources.Length != wanted)
        {
            throw new ArgumentException($"partition {request.Key} is made of {wanted} partitions, {_sources.Length} are given", nameof(request));
        }
    }

    /// <summary>Builds the partition unless it is there.</summary>
    /// <param name="request">What it is made of.</param>
    /// <param name="services">Shared parts of the silo.</param>
    /// <param name="progress">Hears of documents copied.</param>
    /// <param name="cancellationToken">Gives up; nothing refers to what was written.</param>
    /// <exception cref="CorruptBlobException">Something stored is not what was written; nothing was committed.</exception>
    /// <exception cref="BlobStoreException">The store failed; building again is safe.</exception>
    public static async Task<PartitionBuildReport> RunAsync(
        PartitionBuildRequest request, PartitionServices services, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(services);
        return await new PartitionBuild(request, services).RunAsync(progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Floors of the target: of each stream that it follows the lowest of the sources that follow it too; 1 of the others,
    /// as for any partition that never saw a stream.</summary>
    internal ImmutableArray<long> Floors()
    {
        int streams = _request.Head.Schema.StreamCount;
        var sourceRouter = new HashRouter(_request.SourcePartitionCount);
        return
        [
            .. Enumerable.Range(0, streams).Select(stream => _router.Follows(_request.Partition, stream, streams)
                ? _sources
                    .Where(source => sourceRouter.Follows(source.Key.Partition, stream, streams))
                    .Min(source => source.Manifest.Floors[stream])
                : 1),
        ];
    }

    private async Task<PartitionBuildReport> RunAsync(IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        PartitionKey key = _request.Key;
        var manifests = new ManifestStore(
            _services.Store, _services.Time, key.Incarnation, key.Generation, key.Partition, _request.Head.Schema.StreamCount);
        ManifestSnapshot empty = await manifests.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (empty.Tag is not null)
        {
            return default;
        }

        ImmutableArray<long> floors = Floors();
        var opened = new List<Source>();
        try
        {
            await OpenAsync(opened, cancellationToken).ConfigureAwait(false);
            ImmutableArray<SegmentDescriptor> segments = await CopyAsync(opened, Covers(floors), progress, cancellationToken).ConfigureAwait(false);
            bool created = await manifests.TrySwapAsync(empty, new PartitionManifest(1, segments, floors), cancellationToken)
                .ConfigureAwait(false) is not null;
            return new PartitionBuildReport(
                created,
                segments.Sum(segment => (long)segment.SlotCount),
                segments.Length,
                segments.Sum(segment => segment.Files.Sum(file => file.LengthBytes)));
        }
        finally
        {
            opened.ForEach(source => source.Content.Dispose());
        }
    }

    private async Task OpenAsync(List<Source> opened, CancellationToken cancellationToken)
    {
        foreach (PinnedPartition source in _sources)
        {
            foreach (SegmentDescriptor descriptor in source.Manifest.Segments)
            {
                var location = SegmentLocation.Of(source.Key, descriptor.Name);
                SegmentContent content = await _services.Segments.OpenContentAsync(
                    location, descriptor, _request.Head.Schema.Default, cancellationToken).ConfigureAwait(false);
                opened.Add(new Source(content, DeleteBitmap.AllAlive(descriptor.SlotCount)));
                opened[^1] = new Source(
                    content, await DeleteBitmap.ReadAsync(_services.Store, location, descriptor, cancellationToken).ConfigureAwait(false));
            }
        }
    }

    private async Task<ImmutableArray<SegmentDescriptor>> CopyAsync(
        List<Source> sources, ImmutableArray<StreamRange> covers, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        long done = 0;
        long total = 0;
        var scope = new SegmentCopyScope(_services.IdHash, _services.Time.GetUtcNow())
        {
            Keeps = hash => _router.Owns(_request.Partition, hash, []),
            OnCopied = count => progress?.Report(new BuildProgress(done += count, total)),
        };
        foreach (Source source in sources)
        {
            total += await Task.Run(() => SegmentCopy.Count(source.Content, source.Deletes, scope, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }

        // Segments of equal size: a full one and a small rest would be merged at once.
        long segmentCount = Math.Max(1, (total + _services.Options.MaxSegmentDocuments - 1) / _services.Options.MaxSegmentDocuments);
        int perSegment = (int)((total + segmentCount - 1) / segmentCount);
        LearnedTables? tables = await _services.Tables.GetAsync(_request.Head, _request.Generation, cancellationToken).ConfigureAwait(false);
        var builder = new SegmentBuilder(_request.Key, _request.Head, _request.Generation, tables, _services, () => total);
        var segments = ImmutableArray.CreateBuilder<SegmentDescriptor>();
        int next = 0;
        int slot = 0;
        while (next < sources.Count)
        {
            SegmentDescriptor? built = await builder.BuildAsync(
                async writer =>
                {
                    while (next < sources.Count && writer.Count < perSegment)
                    {
                        Source source = sources[next];
                        SegmentCopyReport copied = await SegmentCopy.RunAsync(
                            source.Content,
                            source.Deletes,
                            writer,
                            scope with { FirstSlot = slot, MaxDocuments = perSegment - writer.Count },
                            cancellationToken).ConfigureAwait(false);
                        bool isRead = copied.NextSlot == source.Content.SlotCount;
                        slot = isRead ? 0 : copied.NextSlot;
                        next += isRead ? 1 : 0;
                    }
                },
                covers,
                cancellationToken).ConfigureAwait(false);
            if (built is null)
            {
                break;
            }

            segments.Add(built);
        }

        return segments.ToImmutable();
    }

    /// <summary>What the sources cover below the floors; above them the log is replayed, whatever a segment has of it.</summary>
    private ImmutableArray<StreamRange> Covers(ImmutableArray<long> floors) =>
    [
        .. _sources.SelectMany(source => source.Manifest.Segments)
            .SelectMany(segment => segment.Covers)
            .GroupBy(range => range.Stream)
            .OrderBy(stream => stream.Key)
            .Select(stream => new StreamRange(
                stream.Key, stream.Min(range => range.First), Math.Min(stream.Max(range => range.Last), floors[stream.Key] - 1)))
            .Where(range => range.Last >= range.First),
    ];

    private sealed record Source(SegmentContent Content, DeleteBitmap Deletes);
}
