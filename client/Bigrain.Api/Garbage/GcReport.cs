namespace Bigrain.Api.Garbage;

/// <summary>What one pass of garbage collection found and did; the result of a job of kind <c>gc</c>.</summary>
public sealed class GcReport
{
    /// <summary>Whether it was to delete.</summary>
    public bool Deletes { get; set; }

    /// <summary>Age in seconds that a blob had to have to be deleted; null where the server does not say.</summary>
    public double? GraceSeconds { get; set; }

    /// <summary>Collections whose HEAD was read.</summary>
    public int CollectionCount { get; set; }

    /// <summary>Blobs of collections that are in use.</summary>
    public long LiveCount { get; set; }

    /// <summary>Their bytes.</summary>
    public long LiveBytes { get; set; }

    /// <summary>Blobs whose names the server does not know; they stay.</summary>
    public long UnknownCount { get; set; }

    /// <summary>Manifests swapped to fence builders before something beside them was deleted.</summary>
    public int ManifestsBumped { get; set; }

    /// <summary>Previous generations that are no longer kept.</summary>
    public int GenerationsForgotten { get; set; }

    /// <summary>Streams whose log could not be shortened now.</summary>
    public int LogsNotTrimmed { get; set; }

    /// <summary>By kind.</summary>
    public IReadOnlyList<GcLine> Lines { get; set; } = [];

    /// <summary>Blobs found, of all kinds.</summary>
    public long FoundCount { get; set; }

    /// <summary>Blobs deleted, of all kinds.</summary>
    public long DeletedCount { get; set; }
}
