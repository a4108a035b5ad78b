namespace Bigrain.Kernels.Pq;

/// <summary>How 8-bit sub-codes stand in memory: blocks of 64 vectors, for each sub-quantiser 64 bytes in vector order.</summary>
/// <remarks>The look-up table has 256 bytes for each sub-quantiser.</remarks>
public static class ByteLayout
{
    /// <summary>Vectors of a block.</summary>
    public const int BlockVectors = 64;

    /// <summary>Entries of one sub-quantiser.</summary>
    public const int TableEntries = 256;

    /// <summary>Sub-quantisers whose sums fit 16 bits.</summary>
    public const int SubspacesPerFlush = 256;
}
