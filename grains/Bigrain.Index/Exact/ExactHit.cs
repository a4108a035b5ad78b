namespace Bigrain.Index.Exact;

/// <summary>A document that an exact search found.</summary>
/// <param name="Id">Its id, UTF-8.</param>
/// <param name="Distance">Exact rank distance; smaller is closer.</param>
public readonly record struct ExactHit(ReadOnlyMemory<byte> Id, float Distance)
{
    /// <summary>The closest first, ties in ordinal order of ids.</summary>
    public static int Compare(ExactHit x, ExactHit y) =>
        x.Distance.CompareTo(y.Distance) is not 0 and int order ? order : x.Id.Span.SequenceCompareTo(y.Id.Span);
}
