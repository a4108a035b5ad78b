namespace Bigrain.Index.Reindexing;

/// <summary>How far the build of a partition is.</summary>
/// <param name="State">Whether it is done.</param>
/// <param name="Done">Documents copied.</param>
/// <param name="Total">Documents to copy; 0 while that is not known.</param>
public readonly record struct PartitionBuildStatus(PartitionBuildState State, long Done, long Total);
