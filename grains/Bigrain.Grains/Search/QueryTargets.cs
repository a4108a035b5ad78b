using System.Collections.Immutable;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Replicas;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Search;

/// <summary>Says which silos a query asks for each partition.</summary>
internal sealed class QueryTargets(SiloMap silos, ReplicaView view, PartitionKeeper keeper)
{
    /// <summary>The targets of a query over the current generation.</summary>
    public PartitionTarget[] Of(CollectionSnapshot known)
    {
        var targets = new PartitionTarget[known.Generation.PartitionCount];
        for (int partition = 0; partition < targets.Length; partition++)
        {
            targets[partition] = new PartitionTarget(partition, known.Generation.HomeOf(partition), Candidates(known.KeyOf(partition), known.Head.Schema.ReplicaCount));
        }

        return targets;
    }

    /// <summary>Owners that are ready, by rank; then former owners that still hold it; then owners that are not ready.</summary>
    private ImmutableArray<string> Candidates(PartitionKey key, int replicaCount)
    {
        ImmutableArray<string> owners = silos.OwnersOf(key, replicaCount);
        return owners.All(owner => IsReady(owner, key))
            ? owners
            : [.. owners.Where(owner => IsReady(owner, key)).Union(view.HoldersOf(key)).Union(owners)];
    }

    private bool IsReady(string silo, PartitionKey key) =>
        silo == silos.LocalName ? keeper.Find(key)?.Loaded is not null : view.IsReady(silo, key);
}
