using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Reindexing;

/// <summary>What a reindex needs of the cluster. Every call may be made again, and fails with a retryable error while a silo is away.</summary>
public interface IReindexCluster
{
    /// <summary>The silos that can own partitions.</summary>
    Task<ImmutableArray<SiloCapacity>> GetSilosAsync(CancellationToken cancellationToken);

    /// <summary>The silos that a partition belongs to, its primary first.</summary>
    ImmutableArray<string> OwnersOf(PartitionKey partition, int replicaCount);

    /// <summary>Living documents of each partition.</summary>
    Task<ImmutableArray<long>> CountAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken);

    /// <summary>Moves what the log has of a partition into a segment; a call that is given up ends even if the silo does not answer.</summary>
    Task FreezeAsync(CollectionHead head, PartitionKey partition, CancellationToken cancellationToken);

    /// <summary>Starts the build of a partition on its primary, or tells how far it is.</summary>
    Task<PartitionBuildStatus> BuildAsync(
        CollectionHead head, PartitionKey target, ImmutableArray<PinnedPartition> sources, int sourcePartitionCount, CancellationToken cancellationToken);

    /// <summary>Ends the builds of a generation that is given up.</summary>
    Task CancelBuildsAsync(CollectionHead head, GenerationRecord generation, CancellationToken cancellationToken);

    /// <summary>Loads partitions on all their owners and waits until each has the whole log.</summary>
    Task OpenAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken);

    /// <summary>Digest of what partitions hold together.</summary>
    Task<ContentDigest> DigestAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken);

    /// <summary>Measures recall of one generation's answers against exact search in another one.</summary>
    Task<double> MeasureRecallAsync(
        CollectionHead head, GenerationRecord answering, GenerationRecord truth, ReindexRequest request, CancellationToken cancellationToken);

    /// <summary>Whether any silo still has one of the partitions in memory.</summary>
    bool IsAnyLoaded(IEnumerable<PartitionKey> partitions);

    /// <summary>Has this process read a HEAD again that was changed.</summary>
    void Forget(string collection);
}
