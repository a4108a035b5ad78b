namespace Bigrain.Kernels.Scan;

/// <summary>How 4-bit sub-codes stand in memory: blocks of 32 vectors, chunks of 64 bytes, 4 sub-codes a chunk.</summary>
/// <remarks>
/// Chunk c of a block holds sub-codes m = 4c to 4c + 3 of its 32 vectors. Byte 2v has m = 4c of vector v in its low
/// and m = 4c + 2 in its high nibble; byte 2v + 1 has 4c + 1 and 4c + 3. So a pair of bytes belongs to one vector, and
/// the sums of a kernel come out in vector order. The look-up table has the same chunks: 64 bytes, 16 entries for each
/// of the four sub-codes in turn, each entry at most <see cref="MaxEntry"/>.
/// </remarks>
public static class NibbleLayout
{
    /// <summary>Vectors of a block.</summary>
    public const int BlockVectors = 32;

    /// <summary>Bytes of a chunk, and of the table entries of a chunk.</summary>
    public const int ChunkBytes = 64;

    /// <summary>Sub-codes of a chunk.</summary>
    public const int ChunkSubcodes = 4;

    /// <summary>Largest table entry: two of them still fit a byte.</summary>
    public const int MaxEntry = 127;

    /// <summary>Chunks whose sums fit 16 bits: 4 * 127 * 128 is below 65,536.</summary>
    public const int ChunksPerFlush = 128;

    /// <summary>Chunks that hold a number of sub-codes.</summary>
    /// <param name="subcodeCount">Sub-codes a vector.</param>
    public static int ChunkCount(int subcodeCount) => (subcodeCount + ChunkSubcodes - 1) / ChunkSubcodes;

    /// <summary>Writes one sub-code; its place must hold 0.</summary>
    /// <param name="block">The chunks of a block.</param>
    /// <param name="vector">0 to 31.</param>
    /// <param name="subcode">Number of the sub-code.</param>
    /// <param name="value">0 to 15.</param>
    public static void Set(Span<byte> block, int vector, int subcode, int value) =>
        block[Position(vector, subcode)] |= (byte)(value << (4 * ((subcode >> 1) & 1)));

    /// <summary>Reads one sub-code.</summary>
    /// <param name="block">The chunks of a block.</param>
    /// <param name="vector">0 to 31.</param>
    /// <param name="subcode">Number of the sub-code.</param>
    public static int Get(ReadOnlySpan<byte> block, int vector, int subcode) =>
        (block[Position(vector, subcode)] >> (4 * ((subcode >> 1) & 1))) & 15;

    private static int Position(int vector, int subcode) =>
        ((subcode / ChunkSubcodes) * ChunkBytes) + (2 * vector) + (subcode & 1);
}
