using Bigrain.Contracts.Partitions;

namespace Bigrain.Contracts.Collections;

/// <summary>What the partitions of a collection hold now.</summary>
/// <param name="Collection">The collection as its HEAD says.</param>
/// <param name="Partitions">Every replica of the current generation that has a silo, in the order of partition and rank.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.CollectionStatistics")]
public sealed record CollectionStatistics(
    [property: Id(0)] CollectionInfo Collection,
    [property: Id(1)] PartitionStatus[] Partitions);
