namespace Bigrain.Index.Reindexing;

/// <summary>What a reindex job found out about a generation.</summary>
/// <param name="Generation">The generation that was verified.</param>
/// <param name="Source">The generation that it was compared with.</param>
/// <param name="Documents">Living documents in it.</param>
/// <param name="FilesChecked">Files whose checksums were read again.</param>
/// <param name="BytesChecked">Their bytes.</param>
/// <param name="ComparedBuckets">Ranges of ids whose documents and versions were compared and found equal.</param>
public sealed record ReindexReport(int Generation, int Source, long Documents, int FilesChecked, long BytesChecked, int ComparedBuckets)
{
    /// <summary>Recall of the compared generation against exact search; null where none was measured.</summary>
    public double? RecallBefore { get; init; }

    /// <summary>Recall of the verified generation for the same queries; null where none was measured.</summary>
    public double? RecallAfter { get; init; }

    /// <summary>Queries that were sampled.</summary>
    public int Queries { get; init; }

    /// <summary>Whether the generation answers queries.</summary>
    public bool Published { get; init; }
}
