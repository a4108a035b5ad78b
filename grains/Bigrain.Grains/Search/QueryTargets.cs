using Bigrain.Grains.Collections;
using Bigrain.Grains.Placement;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Search;

/// <summary>Says which silos a query asks for each partition.</summary>
internal sealed class QueryTargets(SiloMap silos)
{
    // One beyond the replicas: after a silo joined, the former owner still answers while the new one loads.
    private const int FormerOwners = 1;

    /// <summary>The targets of a query over the current generation.</summary>
    public PartitionTarget[] Of(CollectionSnapshot known)
    {
        var targets = new PartitionTarget[known.Generation.PartitionCount];
        for (int partition = 0; partition < targets.Length; partition++)
        {
            targets[partition] = new PartitionTarget(
                partition, silos.OwnersOf(known.KeyOf(partition), known.Head.Schema.ReplicaCount + FormerOwners));
        }

        return targets;
    }
}
