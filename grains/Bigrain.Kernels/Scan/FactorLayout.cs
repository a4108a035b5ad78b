namespace Bigrain.Kernels.Scan;

/// <summary>How the correction factors of a block of 32 vectors stand behind its codes: 8 bytes a vector.</summary>
public static class FactorLayout
{
    /// <summary>float32 <c>F_add</c> of 32 vectors; positive infinity for the padding of a leaf.</summary>
    public const int AddOffset = 0;

    /// <summary>uint16 rescale factors of 32 vectors, in units of the leaf.</summary>
    public const int RescaleOffset = NibbleLayout.BlockVectors * sizeof(float);

    /// <summary>uint16 error terms of 32 vectors, in units of the leaf, rounded up.</summary>
    public const int SpreadOffset = RescaleOffset + (NibbleLayout.BlockVectors * sizeof(ushort));

    /// <summary>Bytes of all factors of a block.</summary>
    public const int BlockBytes = SpreadOffset + (NibbleLayout.BlockVectors * sizeof(ushort));
}
