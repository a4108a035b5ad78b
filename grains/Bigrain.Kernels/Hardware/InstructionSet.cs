using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bigrain.Kernels.Hardware;

/// <summary>What this process's processor offers, decided once: every kernel chooses its form by these properties
/// and by nothing else.</summary>
/// <remarks>The properties fold to constants in compiled code, so a choice costs nothing at run time.
/// <see cref="Vector512.IsHardwareAccelerated"/> is false on processors which lower their clock for 512-bit work even
/// though they know the instructions; such a processor runs the 256-bit forms.</remarks>
public static class InstructionSet
{
    /// <summary>Width of the vectors in use.</summary>
    public static VectorWidth Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.IsHardwareAccelerated ? VectorWidth.Vector512
            : Vector256.IsHardwareAccelerated ? VectorWidth.Vector256
            : Vector128.IsHardwareAccelerated ? VectorWidth.Vector128
            : VectorWidth.Scalar;
    }

    /// <summary>Whether 64-byte table look-ups (AVX-512 VBMI: VPERMB, VPERMI2B) may be used.</summary>
    public static bool HasByteTables
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.IsHardwareAccelerated && Avx512Vbmi.IsSupported;
    }

    /// <summary>One line for logs and reports, such as <c>512 bits with byte tables</c>.</summary>
    public static string Description => Width switch
    {
        VectorWidth.Scalar => "scalar",
        VectorWidth.Vector512 when HasByteTables => "512 bits with byte tables",
        var width => $"{(int)width} bits",
    };
}
