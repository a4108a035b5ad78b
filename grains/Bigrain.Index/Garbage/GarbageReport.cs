using System.Collections.Immutable;

namespace Bigrain.Index.Garbage;

/// <summary>What one pass found and did.</summary>
/// <param name="Deletes">Whether it was to delete; otherwise it changed nothing at all.</param>
/// <param name="CollectionCount">Collections whose HEAD was read.</param>
/// <param name="LiveCount">Blobs of collections that are in use.</param>
/// <param name="LiveBytes">Their bytes.</param>
/// <param name="UnknownCount">Blobs below <c>data/</c> whose names this release does not know; they stay.</param>
/// <param name="ManifestsBumped">Manifests swapped to fence builders before something beside them was deleted.</param>
/// <param name="GenerationsForgotten">Previous generations that HEADs no longer name.</param>
/// <param name="LogsNotTrimmed">Streams whose owner could not be asked.</param>
/// <param name="Lines">By kind, every kind once.</param>
public sealed record GarbageReport(
    bool Deletes,
    int CollectionCount,
    long LiveCount,
    long LiveBytes,
    long UnknownCount,
    int ManifestsBumped,
    int GenerationsForgotten,
    int LogsNotTrimmed,
    ImmutableArray<GarbageLine> Lines)
{
    /// <summary>Age in seconds that a blob had to have.</summary>
    public double GraceSeconds { get; init; }

    /// <summary>Blobs found, of all kinds.</summary>
    public long FoundCount => Lines.Sum(line => line.FoundCount);

    /// <summary>Blobs deleted, of all kinds.</summary>
    public long DeletedCount => Lines.Sum(line => line.DeletedCount);
}
