using Bigrain.Kernels.Scan;

namespace Bigrain.Kernels.RaBitQ;

/// <summary>
/// How RaBitQ codes of 1 to 4 bits a dimension are cut into 4-bit sub-codes, so that one scan serves all of them: 1 bit
/// puts 4 dimensions into a sub-code, 2 bits 2, 4 bits 1; 3 bits are a plane of the upper bit (weight 4) and a plane of
/// the lower two.
/// </summary>
/// <remarks>A code c stands for the value <c>c - (2^bits - 1) / 2</c>. Each plane is padded to whole chunks.</remarks>
public readonly struct RaBitQPlanes
{
    /// <summary>Cuts codes.</summary>
    /// <param name="dimension">Dimension.</param>
    /// <param name="bits">Bits a dimension, 1 to 4.</param>
    public RaBitQPlanes(int dimension, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 4);
        Dimension = dimension;
        Bits = bits;
        First = bits switch
        {
            3 => new Plane(1, 2, 4, 0, ChunksOf(dimension, 1)),
            _ => new Plane(bits, 0, 1, 0, ChunksOf(dimension, bits)),
        };
        Second = bits == 3 ? new Plane(2, 0, 1, First.ChunkCount, ChunksOf(dimension, 2)) : default;
    }

    /// <summary>Dimension.</summary>
    public int Dimension { get; }

    /// <summary>Bits a dimension.</summary>
    public int Bits { get; }

    /// <summary>Chunks of a block.</summary>
    public int ChunkCount => First.ChunkCount + Second.ChunkCount;

    /// <summary>Bytes of the codes of a block of 32 vectors, and of a table of 32 queries' worth of entries: 64 a chunk.</summary>
    public int BlockBytes => ChunkCount * NibbleLayout.ChunkBytes;

    /// <summary>Largest absolute value that a code stands for.</summary>
    public float MaxValue => ((1 << Bits) - 1) / 2f;

    internal Plane First { get; }

    internal Plane Second { get; }

    private static int ChunksOf(int dimension, int bits)
    {
        int dimensionsPerSubcode = 4 / bits;
        return NibbleLayout.ChunkCount((dimension + dimensionsPerSubcode - 1) / dimensionsPerSubcode);
    }

    /// <summary>Some bits of each code.</summary>
    internal readonly record struct Plane(int Bits, int Shift, float Weight, int FirstChunk, int ChunkCount)
    {
        public int DimensionsPerSubcode => Bits == 0 ? 0 : 4 / Bits;
    }
}
