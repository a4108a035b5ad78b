namespace Bigrain.Index.Reindexing;

/// <summary>How far a build is.</summary>
/// <param name="Done">Documents copied.</param>
/// <param name="Total">Documents to copy.</param>
public readonly record struct BuildProgress(long Done, long Total);
