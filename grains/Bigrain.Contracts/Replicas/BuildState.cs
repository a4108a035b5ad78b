namespace Bigrain.Contracts.Replicas;

/// <summary>Where the build of a partition is.</summary>
[GenerateSerializer]
[Alias("bigrain.BuildState")]
public enum BuildState
{
    /// <summary>This silo knows nothing of it, and it is not built.</summary>
    Unknown = 0,

    /// <summary>It runs.</summary>
    Running = 1,

    /// <summary>The partition is there.</summary>
    Built = 2,

    /// <summary>It failed; told once, then it may be started again.</summary>
    Failed = 3,
}
