namespace Bigrain.Contracts.Replicas;

/// <summary>What one silo holds.</summary>
/// <param name="Silo">Name of the silo.</param>
/// <param name="IsDraining">Whether it is leaving: nothing may be placed on it any more.</param>
/// <param name="Held">Its partitions.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.ReplicaReport")]
public sealed record ReplicaReport(
    [property: Id(0)] string Silo,
    [property: Id(1)] bool IsDraining,
    [property: Id(2)] HeldReplica[] Held);
