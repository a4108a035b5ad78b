using Bigrain.Contracts.Partitions;

namespace Bigrain.Contracts.Collections;

/// <summary>What the partitions of a collection hold now.</summary>
/// <param name="Collection">The collection as its HEAD says.</param>
/// <param name="Partitions">First replica of each partition of the current generation, in order.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.CollectionStatistics")]
public sealed record CollectionStatistics(
    [property: Id(0)] CollectionInfo Collection,
    [property: Id(1)] PartitionStatus[] Partitions);
