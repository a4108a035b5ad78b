namespace Bigrain.Contracts.Collections;

/// <summary>What a collection's documents look like and how they are spread.</summary>
/// <param name="Representations">At least one; the first dense one is the default.</param>
/// <param name="Fields">Payload fields declared for filters.</param>
/// <param name="PartitionCount">Partitions of a new generation.</param>
/// <param name="StreamCount">Streams.</param>
/// <param name="ReplicaCount">Replicas of each partition.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.WireSchema")]
public sealed record WireSchema(
    [property: Id(0)] WireRepresentation[] Representations,
    [property: Id(1)] WireField[] Fields,
    [property: Id(2)] int PartitionCount,
    [property: Id(3)] int StreamCount,
    [property: Id(4)] int ReplicaCount);
