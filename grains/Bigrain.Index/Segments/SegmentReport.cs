using System.Collections.Immutable;

namespace Bigrain.Index.Segments;

/// <summary>What a <see cref="SegmentVerifier"/> found.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Damage">Damaged places; of one file at most <see cref="SegmentVerifier.MaxDamagePerFile"/>.</param>
/// <param name="FilesChecked">Files read.</param>
/// <param name="BytesRead">Bytes read.</param>
public sealed record SegmentReport(SegmentLocation Segment, ImmutableArray<SegmentDamage> Damage, int FilesChecked, long BytesRead)
{
    /// <summary>Whether every byte is what was written.</summary>
    public bool IsWhole => Damage.IsEmpty;
}
