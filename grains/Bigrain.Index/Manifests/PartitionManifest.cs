using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Bigrain.Index.Manifests;

/// <summary>Content of a partition's MANIFEST: the only commit point of its segments.</summary>
/// <param name="Revision">Grows by one with each swap; 0 means there is no MANIFEST yet.</param>
/// <param name="Segments">Segments in the order they were made.</param>
/// <param name="Floors">Per stream the first sequence that no segment covers: replay starts there. Index = stream number.</param>
public sealed record PartitionManifest(
    long Revision,
    ImmutableArray<SegmentDescriptor> Segments,
    ImmutableArray<long> Floors)
{
    /// <summary>Name of its blob: a manifest in the place of another is refused. Null in those that an older release wrote.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Of { get; init; }

    /// <summary>Manifest of a partition that has none yet: log sequences start at 1.</summary>
    public static PartitionManifest Empty(int streamCount) =>
        new(0, [], ImmutableArray.CreateRange(Enumerable.Repeat(1L, streamCount)));
}
