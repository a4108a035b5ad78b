using Bigrain.Index.Documents;

namespace Bigrain.Index.Segments;

/// <summary>Which documents of a segment are copied.</summary>
/// <param name="IdHash">Hash of ids.</param>
/// <param name="Now">Documents that expired by now are left out.</param>
public sealed record SegmentCopyScope(IIdHash IdHash, DateTimeOffset Now)
{
    /// <summary>Whether a document is kept, by the hash of its id; null keeps all.</summary>
    public Func<ulong, bool>? Keeps { get; init; }

    /// <summary>The first slot to look at.</summary>
    public int FirstSlot { get; init; }

    /// <summary>Most documents to copy; what is left begins at <see cref="SegmentCopyReport.NextSlot"/>.</summary>
    public int MaxDocuments { get; init; } = int.MaxValue;

    /// <summary>Called with the documents of each block that was copied.</summary>
    public Action<int>? OnCopied { get; init; }
}
