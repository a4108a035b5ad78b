using Bigrain.Grains.Collections;
using Bigrain.Grains.Placement;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Search;

/// <summary>Which silo holds which partition: the same ranking that places the grains, over the live silos.</summary>
internal sealed class SiloMap(ISiloStatusOracle silos)
{
    /// <summary>Stable names of the live silos.</summary>
    public string[] LiveNames() =>
        [.. silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Select(address => silos.TryGetSiloName(address, out string? name) ? name : address.ToParsableString())];

    /// <summary>The targets of a query: the first replica of every partition.</summary>
    public PartitionTarget[] TargetsOf(CollectionSnapshot known)
    {
        string[] names = LiveNames();
        var targets = new PartitionTarget[known.Generation.PartitionCount];
        for (int partition = 0; partition < targets.Length; partition++)
        {
            targets[partition] = new PartitionTarget(partition, 0, names[Choose(known.KeyOf(partition, 0), names)]);
        }

        return targets;
    }

    private static int Choose(PartitionKey key, string[] names)
    {
        if (names.Length == 1)
        {
            return 0;
        }

        (string ranked, int replica) = RendezvousRanking.Split(key.ToString());
        return RendezvousRanking.Choose(ranked, replica, names);
    }
}
