using Bigrain.Index.Catalog;
using Bigrain.Index.Jobs;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Reindexing;

/// <summary>What reindex jobs work with.</summary>
public sealed record ReindexParts
{
    /// <summary>Where collections are.</summary>
    public required CollectionCatalog Catalog { get; init; }

    /// <summary>Store, segments, clock and random source of the silo.</summary>
    public required PartitionServices Services { get; init; }

    /// <summary>The cluster.</summary>
    public required IReindexCluster Cluster { get; init; }

    /// <summary>Where a test kills the process.</summary>
    public required IFailPoints FailPoints { get; init; }

    /// <summary>Pause between two looks at the builds. Default 500 ms.</summary>
    public TimeSpan PollPeriod { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest time for freezing the partitions that a new generation is made of. Default 5 minutes.</summary>
    public TimeSpan FreezePatience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a generation that is verified is asked for, so that it is not taken for idle. Default 2 s.</summary>
    public TimeSpan KeepPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for the generation that is no longer current to leave memory. Default 5 minutes.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a load that does not fit into memory is tried again before the job gives up. Default 1 minute.</summary>
    public TimeSpan MemoryPatience { get; init; } = TimeSpan.FromMinutes(1);
}
