using Bigrain.Grains.Partitions;
using Bigrain.Index.Catalog;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Collections;

/// <summary>A collection's HEAD with the description of its current generation.</summary>
/// <param name="Head">The HEAD.</param>
/// <param name="Generation">Its current generation.</param>
public sealed record CollectionSnapshot(CollectionHead Head, GenerationRecord Generation)
{
    /// <summary>Key of a partition of the current generation.</summary>
    public PartitionKey KeyOf(int partition) => new(Head.Incarnation, Generation.Generation, partition);

    /// <summary>Grain key of a replica of a partition of the current generation.</summary>
    public string ReplicaOf(int partition, int replica) => new ReplicaKey(KeyOf(partition), replica).ToString();
}
