namespace Bigrain.Kernels.Hardware;

/// <summary>Width in bits of the vectors that the kernels of this process use.</summary>
public enum VectorWidth
{
    /// <summary>No vectors: plain loops.</summary>
    Scalar = 0,

    /// <summary>128 bits (SSE4.1, AdvSimd).</summary>
    Vector128 = 128,

    /// <summary>256 bits (AVX2 with FMA).</summary>
    Vector256 = 256,

    /// <summary>512 bits (AVX-512 F, BW, DQ, VL).</summary>
    Vector512 = 512,
}
