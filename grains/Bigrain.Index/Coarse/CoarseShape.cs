using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;
using Bigrain.Kernels.RaBitQ;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>Where each section of a coarse body stands, in bytes from its start; every section starts at 64 bytes.</summary>
internal readonly record struct CoarseShape
{
    private const int Alignment = 64;

    /// <summary>int32 <c>[nlist + 1]</c>: first slot of each leaf.</summary>
    public long LeafStartsOffset { get; private init; }

    /// <summary>int32 <c>[nlist + 1]</c>: first block of each leaf; coded forms only.</summary>
    public long LeafBlocksOffset { get; private init; }

    /// <summary>float32 <c>[nlist, d]</c>.</summary>
    public long CentroidsOffset { get; private init; }

    /// <summary>float32 <c>[d]</c>: rotated mean of the segment; coded forms only.</summary>
    public long OriginOffset { get; private init; }

    /// <summary>Blocks of 32 centroids with their factors, if the header has routing bits.</summary>
    public long RoutingOffset { get; private init; }

    /// <summary>Flat: float32 <c>[count, d]</c>. Otherwise blocks of 32 codes with their factors.</summary>
    public long CodesOffset { get; private init; }

    /// <summary><see cref="LeafScale"/> <c>[nlist + 1]</c>, the last one of the routing codes; coded forms only.</summary>
    public long ScalesOffset { get; private init; }

    /// <summary>PQ: float32 <c>[d, 2^bits]</c>, the codebooks; empty where they are a blob of their own.</summary>
    public long CodebooksOffset { get; private init; }

    /// <summary>Vectors of a block.</summary>
    public int BlockVectors { get; private init; }

    /// <summary>Bytes of a block with its factors.</summary>
    public int BlockBytes { get; private init; }

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
        bool coded = header.Codec.Kind != CodecKind.Flat;
        (int blockVectors, int codeBytes) = header.Codec.Kind switch
        {
            CodecKind.RaBitQ => (NibbleLayout.BlockVectors, new RaBitQPlanes(header.Dimension, header.Codec.BitsPerCode).BlockBytes),
            CodecKind.Pq => (
                header.Codec.BitsPerCode == 4 ? NibbleLayout.BlockVectors : ByteLayout.BlockVectors,
                PqForm.CodeBytes(header.Codec.SubspaceCount, header.Codec.BitsPerCode)),
            _ => (1, 0),
        };
        bool factors = coded && !header.IsPlain;
        int blockBytes = codeBytes + (factors ? blockVectors / NibbleLayout.BlockVectors * FactorLayout.BlockBytes : 0);
        long routing = header.RoutingBits == 0
            ? 0
            : (long)BlocksOf(header.LeafCount, NibbleLayout.BlockVectors)
                * (new RaBitQPlanes(header.Dimension, header.RoutingBits).BlockBytes + FactorLayout.BlockBytes);
        return new CoarseShape
        {
            LeafStartsOffset = Section((header.LeafCount + 1L) * sizeof(int)),
            LeafBlocksOffset = Section(coded ? (header.LeafCount + 1L) * sizeof(int) : 0),
            CentroidsOffset = Section(header.LeafCount * dimension * sizeof(float)),
            OriginOffset = Section(factors ? dimension * sizeof(float) : 0),
            CodebooksOffset = Section(header.Codec.Kind == CodecKind.Pq && header.TablesHash == 0 ? (dimension << header.Codec.BitsPerCode) * sizeof(float) : 0),
            RoutingOffset = Section(routing),
            CodesOffset = Section(coded ? (long)header.BlockCount * blockBytes : header.SlotCount * dimension * sizeof(float)),
            ScalesOffset = Section(factors ? (header.LeafCount + 1L) * LeafScale.Size : 0),
            BlockVectors = blockVectors,
            BlockBytes = blockBytes,
            BodyBytes = offset,
        };
    }

    public static int BlocksOf(int vectorCount, int blockVectors) => (vectorCount + blockVectors - 1) / blockVectors;
}
