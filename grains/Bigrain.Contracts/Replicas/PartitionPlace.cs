namespace Bigrain.Contracts.Replicas;

/// <summary>A partition of a collection, with the generation in whose folder it is.</summary>
/// <param name="Generation">The generation.</param>
/// <param name="Partition">The partition.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.PartitionPlace")]
public readonly record struct PartitionPlace([property: Id(0)] int Generation, [property: Id(1)] int Partition);
