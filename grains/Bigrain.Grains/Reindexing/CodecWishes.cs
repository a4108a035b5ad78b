using System.Collections.Immutable;
using System.Numerics;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Jobs;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Rounds;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Reindexing;

/// <summary>Fulfils the wish of collections that were created with a learned codec: once there are enough documents to learn
/// from, they are reindexed.</summary>
/// <remarks>Only the silo that has the first partition of such a collection looks, and only at what is loaded.</remarks>
internal sealed partial class CodecWishes(
    PartitionKeeper keeper,
    SiloMap silos,
    CollectionDirectory directory,
    IReindexCluster cluster,
    JobStarter jobs,
    TimeProvider time,
    ILogger<CodecWishes> logger) : SiloRounds(time)
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    private readonly HashSet<string> _started = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override TimeSpan Period => LookPeriod;

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        foreach (KeptPartition kept in keeper.Kept.Where(kept => kept.Key.Partition == 0 && silos.IsPrimary(kept.Key)).ToArray())
        {
            try
            {
                await LookAsync(kept, cancellationToken);
            }
#pragma warning disable CA1031 // background work: one collection's trouble is not another's, and the next round looks again
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogLookFailed(logger, error, kept.Collection);
            }
        }
    }

    /// <inheritdoc/>
    protected override void OnFailed(Exception error) => LogRoundFailed(logger, error);

    private async Task LookAsync(KeptPartition kept, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetAsync(kept.Collection, cancellationToken);
        if (kept.Loaded is not { } first
            || !known.IsCurrent(kept.Key)
            || CodecWish.DocumentsNeeded(known.Head, known.Generation) is not { } wanted)
        {
            return;
        }

        // The first partition speaks for the others, roughly; they are asked when it comes near.
        if (first.Statistics.DocumentCount * known.Generation.PartitionCount < wanted / 2)
        {
            return;
        }

        ImmutableArray<PartitionKey> partitions = [.. Enumerable.Range(0, known.Generation.PartitionCount).Select(known.KeyOf)];
        long documents = (await cluster.CountAsync(known.Head, partitions, cancellationToken)).Sum();
        if (documents < wanted)
        {
            return;
        }

        // Once for every doubling: a job that failed is not tried again for nothing.
        string id = $"reindex-{known.Head.Incarnation}-{known.Generation.Generation}-{BitOperations.Log2((ulong)(documents / wanted))}";
        if (_started.Contains(id))
        {
            return;
        }

        await jobs.StartOnAsync(ReindexKind.KindName, kept.Collection, ReindexKind.BodyOf(new ReindexRequest()), id, cancellationToken);
        _started.Add(id);
        LogStarted(logger, kept.Collection, known.Generation.Representations[0].Codec, documents);
    }
}
