using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Bigrain.Index.Manifests;

/// <summary>A segment as its partition's manifest names it.</summary>
/// <param name="Name">Unique in its collection; the folder of its files.</param>
/// <param name="SlotCount">Documents in it, dead ones included.</param>
/// <param name="Covers">Sequences it covers, per stream.</param>
/// <param name="Files">Its files.</param>
/// <param name="Codec">Coarse codec of the default representation, as written (<c>rabitq:2</c>).</param>
/// <param name="DeletesFile">Its newest delete bitmap (<c>del-3</c>) with length and hash; null while every slot is alive.</param>
/// <param name="DeadCount">Dead slots in that bitmap.</param>
public sealed record SegmentDescriptor(
    string Name,
    int SlotCount,
    ImmutableArray<StreamRange> Covers,
    ImmutableArray<SegmentFile> Files,
    string Codec,
    SegmentFile? DeletesFile,
    int DeadCount)
{
    /// <summary>When twentieths of its documents have expired, Unix milliseconds, ascending; null when fewer than one ever will.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<long>? ExpirySteps { get; init; }
}
