namespace Bigrain.Index.Reindexing;

/// <summary>What a discard gave up.</summary>
/// <param name="Discarded">The generation.</param>
/// <param name="Previous">Whether it was the previous one, to which nobody can roll back any more; otherwise the one that waited.</param>
public sealed record ReindexDiscard(int Discarded, bool Previous);
