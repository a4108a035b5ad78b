using Bigrain.Index.Catalog;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Collections;

/// <summary>A collection's HEAD with the description of its current generation.</summary>
/// <param name="Head">The HEAD.</param>
/// <param name="Generation">Its current generation.</param>
public sealed record CollectionSnapshot(CollectionHead Head, GenerationRecord Generation)
{
    /// <summary>Key of a replica of the current generation.</summary>
    public PartitionKey KeyOf(int partition, int replica) => new(Head.Incarnation, Generation.Generation, partition, replica);
}
