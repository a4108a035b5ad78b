namespace Bigrain.Contracts.Partitions;

/// <summary>How far a replica is from answering.</summary>
[GenerateSerializer]
[Alias("bigrain.PartitionReadiness")]
public enum PartitionReadiness
{
    /// <summary>Nothing is in memory and nothing is being loaded.</summary>
    Unloaded = 0,

    /// <summary>Being loaded in the background.</summary>
    Loading = 1,

    /// <summary>It answers.</summary>
    Ready = 2,

    /// <summary>The last load failed; the next call tries again.</summary>
    Failed = 3,
}
