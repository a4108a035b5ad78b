using System.Collections.Immutable;
using Bigrain.Index.Catalog;

namespace Bigrain.Index.Reindexing;

/// <summary>Has every partition of a new generation built by the silo that is its primary; a manifest that exists is a partition
/// that is built, whoever did it.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="journal">What was decided.</param>
internal sealed class ReindexBuild(ReindexParts parts, ReindexJournal journal)
{
    /// <summary>Builds what is not built yet.</summary>
    /// <param name="head">The collection.</param>
    /// <param name="source">The generation that it is made of.</param>
    /// <param name="target">The new generation.</param>
    /// <param name="pinned">The partitions of the source that it is made of.</param>
    /// <param name="cancellationToken">Gives up; builds that run go on.</param>
    public async Task RunAsync(
        CollectionHead head,
        GenerationRecord source,
        GenerationRecord target,
        ImmutableArray<PinnedPartition> pinned,
        CancellationToken cancellationToken)
    {
        journal.Job.Unit = "documents";
        await journal.SaveAsync("building", 0, 0, cancellationToken);
        parts.FailPoints.Hit("reindex.building");
        ImmutableArray<int> own = target.OwnPartitions();
        var known = new PartitionBuildStatus[own.Length];
        while (known.Any(status => status.State != PartitionBuildState.Built))
        {
            known = await Task.WhenAll(known.Select((status, i) => status.State == PartitionBuildState.Built
                ? Task.FromResult(status)
                : parts.Cluster.BuildAsync(
                    head,
                    target.KeyOf(journal.Incarnation, own[i]),
                    PinnedPartitions.Overlapping(pinned, source.PartitionCount, own[i], target.PartitionCount),
                    source.PartitionCount,
                    cancellationToken)));
            await journal.Job.ReportAsync(known.Sum(status => status.Done), known.Sum(status => status.Total), cancellationToken);
            if (known.Any(status => status.State != PartitionBuildState.Built))
            {
                await Task.Delay(parts.PollPeriod, parts.Services.Time, cancellationToken);
            }
        }

        await journal.SaveAsync(journal.Body with { IsBuilt = true }, "catchingUp", 0, target.PartitionCount, cancellationToken);
    }
}
