namespace Bigrain.Index.Reindexing;

/// <summary>How far the build of a partition is.</summary>
public enum PartitionBuildState
{
    /// <summary>It runs, or waits for its turn.</summary>
    Running = 1,

    /// <summary>The partition's manifest exists.</summary>
    Built = 2,
}
