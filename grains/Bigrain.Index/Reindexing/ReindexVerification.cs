using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Segments;

namespace Bigrain.Index.Reindexing;

/// <summary>Compares a generation with the current one before it may answer: stored bytes, documents with their versions, recall.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="head">The collection.</param>
/// <param name="source">Its current generation.</param>
/// <param name="target">The generation to verify.</param>
internal sealed class ReindexVerification(ReindexParts parts, CollectionHead head, GenerationRecord source, GenerationRecord target)
{
    // Writes that came between the two digests differ; under steady writes some rounds see every range of ids equal once.
    private const int MaxIdleRounds = 30;

    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs all checks.</summary>
    /// <param name="request">Thresholds and the size of the sample.</param>
    /// <param name="onPartition">Hears of partitions whose bytes were checked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: the generations differ, or recall is below a threshold;
    /// <see cref="ErrorCode.DataCorrupt"/>: a stored file is damaged.</exception>
    public async Task<ReindexReport> RunAsync(ReindexRequest request, Func<long, long, Task> onPartition, CancellationToken cancellationToken)
    {
        var report = new ReindexReport(target.Generation, source.Generation, 0, 0, 0, 0);
        report = await CheckFilesAsync(report, onPartition, cancellationToken);
        report = await CompareAsync(report, cancellationToken);

        // The way back is not closed by a threshold: what answered before may answer again.
        return request.Action == ReindexAction.Rollback || request.Sample == 0 || report.Documents == 0
            ? report
            : await MeasureAsync(report, request, cancellationToken);
    }

    private async Task<ReindexReport> CheckFilesAsync(ReindexReport report, Func<long, long, Task> onPartition, CancellationToken cancellationToken)
    {
        var verifier = new SegmentVerifier(parts.Services.Segments.Access);
        for (int partition = 0; partition < target.PartitionCount; partition++)
        {
            await onPartition(partition, target.PartitionCount);
            if (target.HomeOf(partition) == source.HomeOf(partition) && target.PartitionCount == source.PartitionCount)
            {
                continue;
            }

            PartitionKey key = target.KeyOf(head.Incarnation, partition);
            var manifests = new ManifestStore(
                parts.Services.Store, parts.Services.Time, key.Incarnation, key.Generation, key.Partition, head.Schema.StreamCount);
            foreach (SegmentDescriptor segment in (await manifests.ReadAsync(cancellationToken)).Manifest.Segments)
            {
                SegmentReport found = await verifier.VerifyAsync(SegmentLocation.Of(key, segment.Name), segment, target.SchemaOf(head.Schema), cancellationToken);
                if (found.Damage is [var damage, ..] && await IsStillNamedAsync(manifests, segment, cancellationToken))
                {
                    throw new CorruptBlobException(damage.BlobName, damage.Offset, damage.Expected, damage.Found);
                }

                report = report with { FilesChecked = report.FilesChecked + found.FilesChecked, BytesChecked = report.BytesChecked + found.BytesRead };
            }
        }

        return report;
    }

    // A merge may have replaced the segment, and its files may be gone, since the manifest was read.
    private static async Task<bool> IsStillNamedAsync(ManifestStore manifests, SegmentDescriptor segment, CancellationToken cancellationToken) =>
        (await manifests.ReadAsync(cancellationToken)).Manifest.Segments.Any(now => now.Name == segment.Name && now.DeletesFile == segment.DeletesFile);

    private async Task<ReindexReport> CompareAsync(ReindexReport report, CancellationToken cancellationToken)
    {
        var comparison = new DigestComparison();
        int unequal = ContentDigest.BucketCount, idle = 0;
        while (true)
        {
            // Both at once, as what is written between the one and the other differs.
            ContentDigest[] digests = await Task.WhenAll(
                parts.Cluster.DigestAsync(head, source.KeysOf(head.Incarnation), cancellationToken),
                parts.Cluster.DigestAsync(head, target.KeysOf(head.Incarnation), cancellationToken));
            comparison.Add(digests[0], digests[1]);
            if (comparison.IsEqual)
            {
                return report with { Documents = comparison.RightCount, ComparedBuckets = ContentDigest.BucketCount };
            }

            // The more is written, the more rounds it takes; what really differs stays.
            int left = comparison.Unequal.Count;
            idle = left < unequal ? 0 : idle + 1;
            unequal = left;
            if (idle == MaxIdleRounds)
            {
                throw new BigrainException(
                    ErrorCode.Conflict,
                    $"generation {target.Generation} does not hold the same documents as generation {source.Generation}: {left} of "
                    + $"{ContentDigest.BucketCount} ranges of ids differ, {comparison.LeftCount} documents before and {comparison.RightCount} after",
                    "collection");
            }

            await Task.Delay(RoundPause, parts.Services.Time, cancellationToken);
        }
    }

    private async Task<ReindexReport> MeasureAsync(ReindexReport report, ReindexRequest request, CancellationToken cancellationToken)
    {
        double before = await parts.Cluster.MeasureRecallAsync(head, source, source, request, cancellationToken);
        double after = await parts.Cluster.MeasureRecallAsync(head, target, source, request, cancellationToken);
        double? mostLoss = ReindexRules.MostLoss(request, source, target);
        if (after < request.MinRecall || after < before - mostLoss)
        {
            throw new BigrainException(
                ErrorCode.Conflict,
                $"generation {target.Generation} finds {after:0.####} of the true neighbours and generation {source.Generation} {before:0.####}: at least "
                + $"{request.MinRecall:0.####}{(mostLoss is { } loss ? $" and a loss of at most {loss:0.####}" : "")} were asked. "
                + "Use a codec with more bits, or other thresholds",
                "minRecall");
        }

        return report with { RecallBefore = before, RecallAfter = after, Queries = request.Sample };
    }
}
