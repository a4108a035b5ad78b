using Bigrain.Index.Schema;

namespace Bigrain.Index.Coarse;

/// <summary>Where each section of a coarse body stands, in bytes from its start; every section starts at 64 bytes.</summary>
internal readonly record struct CoarseShape
{
    private const int Alignment = 64;

    /// <summary>int32 <c>[nlist + 1]</c>.</summary>
    public long LeafStartsOffset { get; private init; }

    /// <summary>float32 <c>[nlist, d]</c>; absent with a single flat leaf.</summary>
    public long CentroidsOffset { get; private init; }

    /// <summary>Flat: float32 <c>[count, d]</c>.</summary>
    public long CodesOffset { get; private init; }

    public long BodyBytes { get; private init; }

    public static CoarseShape Of(in CoarseHeader header)
    {
        long offset = 0;
        long Section(long bytes)
        {
            long start = offset;
            offset = (offset + bytes + Alignment - 1) / Alignment * Alignment;
            return start;
        }

        long dimension = header.Dimension;
        return new CoarseShape
        {
            LeafStartsOffset = Section((header.LeafCount + 1L) * sizeof(int)),
            CentroidsOffset = Section(header.LeafCount * dimension * sizeof(float)),
            CodesOffset = Section(header.Codec.Kind == CodecKind.Flat ? header.SlotCount * dimension * sizeof(float) : 0),
            BodyBytes = offset,
        };
    }
}
