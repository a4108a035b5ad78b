namespace Bigrain.Api.Collections;

/// <summary>Where the replicas of a partition are.</summary>
public sealed class PartitionModel
{
    /// <summary>Partition number.</summary>
    public int Partition { get; set; }

    /// <summary>Its replicas by rank, as many as the collection asks for; the first one freezes and compacts.</summary>
    public IReadOnlyList<ReplicaModel> Replicas { get; set; } = [];
}
