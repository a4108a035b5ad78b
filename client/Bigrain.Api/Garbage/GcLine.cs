namespace Bigrain.Api.Garbage;

/// <summary>Garbage of one kind.</summary>
public sealed class GcLine
{
    /// <summary>What it was: <c>segments</c>, <c>deleteBitmaps</c>, <c>logEntries</c>, <c>generations</c>, <c>incarnations</c>,
    /// <c>jobs</c> or <c>backups</c>.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Blobs that nothing leads to.</summary>
    public long FoundCount { get; set; }

    /// <summary>Their bytes.</summary>
    public long FoundBytes { get; set; }

    /// <summary>Blobs of them that were deleted.</summary>
    public long DeletedCount { get; set; }

    /// <summary>Their bytes.</summary>
    public long DeletedBytes { get; set; }

    /// <summary>Blobs of them that stay for now: too young, or found for the first time.</summary>
    public long KeptCount { get; set; }

    /// <summary>Their bytes.</summary>
    public long KeptBytes { get; set; }
}
