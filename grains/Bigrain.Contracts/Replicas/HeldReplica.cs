using Bigrain.Contracts.Partitions;

namespace Bigrain.Contracts.Replicas;

/// <summary>A partition that a silo holds or loads.</summary>
/// <param name="Collection">Name of the collection.</param>
/// <param name="Partition">Key <c>{incarnation}/{g}/{p}</c>.</param>
/// <param name="ReplicaCount">Replicas that the collection asks for.</param>
/// <param name="Readiness">How far it is.</param>
/// <param name="Idle">Time since its last use anywhere.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.HeldReplica")]
public sealed record HeldReplica(
    [property: Id(0)] string Collection,
    [property: Id(1)] string Partition,
    [property: Id(2)] int ReplicaCount,
    [property: Id(3)] PartitionReadiness Readiness,
    [property: Id(4)] TimeSpan Idle);
