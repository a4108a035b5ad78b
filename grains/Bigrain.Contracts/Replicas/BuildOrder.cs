namespace Bigrain.Contracts.Replicas;

/// <summary>Asks a silo to build one partition of a new generation, or how far it is.</summary>
/// <param name="Collection">Name of the collection.</param>
/// <param name="Partition">Key <c>{incarnation}/{g}/{p}</c> of the partition to build.</param>
/// <param name="SourcePartitionCount">Partitions of the generation that it is made of.</param>
/// <param name="Sources">Packed pinned partitions; empty only asks.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.BuildOrder")]
public sealed record BuildOrder(
    [property: Id(0)] string Collection,
    [property: Id(1)] string Partition,
    [property: Id(2)] int SourcePartitionCount,
    [property: Id(3)] PackedBytes Sources);
