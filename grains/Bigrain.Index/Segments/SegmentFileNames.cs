namespace Bigrain.Index.Segments;

/// <summary>Names of the files inside a segment.</summary>
public static class SegmentFileNames
{
    /// <summary>Ids and everything else that is looked up by slot without a round trip; memory-mapped.</summary>
    public const string Ids = "ids";

    /// <summary>Payload pages.</summary>
    public const string Docs = "docs";

    /// <summary>Dense records of a representation.</summary>
    public static string Dense(string representation) => representation + ".dense";

    /// <summary>Coarse codes of a representation.</summary>
    public static string Coarse(string representation) => representation + ".coarse";

    /// <summary>A delete bitmap.</summary>
    /// <param name="number">Grows by one with each bitmap of the segment.</param>
    public static string Deletes(int number) => FormattableString.Invariant($"del-{number}");
}
