using System.Collections.Immutable;
using Bigrain.Grains.Partitions;
using Bigrain.Index.Catalog;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Collections;

/// <summary>A collection's HEAD with the descriptions of the generations that it names.</summary>
/// <param name="Head">The HEAD.</param>
/// <param name="Generation">Its current generation: the one that queries ask.</param>
/// <param name="Others">The previous one and the one being built, where there are: they follow the same streams where they are loaded.</param>
public sealed record CollectionSnapshot(CollectionHead Head, GenerationRecord Generation, ImmutableArray<GenerationRecord> Others)
{
    /// <summary>Key of a partition of the current generation.</summary>
    public PartitionKey KeyOf(int partition) => KeyOf(Generation, partition);

    /// <summary>Grain key of a replica of a partition of the current generation.</summary>
    public string ReplicaOf(int partition, int replica) => new ReplicaKey(KeyOf(partition), replica).ToString();

    /// <summary>Key of a partition of one of the generations.</summary>
    public PartitionKey KeyOf(GenerationRecord generation, int partition)
    {
        ArgumentNullException.ThrowIfNull(generation);
        return new PartitionKey(Head.Incarnation, generation.HomeOf(partition), partition);
    }

    /// <summary>Whether the current generation has a partition.</summary>
    public bool IsCurrent(PartitionKey key) => Has(Generation, key);

    /// <summary>Whether any generation that HEAD names has a partition.</summary>
    public bool Holds(PartitionKey key) => IsCurrent(key) || Others.Any(generation => Has(generation, key));

    /// <summary>A generation that HEAD names; null when it does not.</summary>
    public GenerationRecord? Find(int generation) =>
        Generation.Generation == generation ? Generation : Others.FirstOrDefault(other => other.Generation == generation);

    private bool Has(GenerationRecord generation, PartitionKey key) =>
        key.Partition < generation.PartitionCount && KeyOf(generation, key.Partition) == key;
}
