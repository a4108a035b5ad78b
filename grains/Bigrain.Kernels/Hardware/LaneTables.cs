using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bigrain.Kernels.Hardware;

/// <summary>Constants shared by the lanes.</summary>
internal static unsafe class LaneTables
{
    /// <summary>A half's bits, sign-extended and shifted by 13, keep sign, exponent and mantissa under this mask.</summary>
    public const int HalfMask = unchecked((int)0x8FFFE000);

    /// <summary>The half exponent of infinities and NaN, in its shifted place.</summary>
    public const int HalfSpecial = 0x0F800000;

    /// <summary>The float exponent of infinities and NaN.</summary>
    public const int FloatSpecial = 0x7F800000;

    /// <summary>2^(127 - 15): moves the half exponent bias to the float's, subnormals included.</summary>
    public const float HalfScale = 5.192296858534828e33f;

    private static ReadOnlySpan<int> Masks =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    ];

    /// <summary>A mask of <paramref name="lanes"/> (at most 16) ints of which the last <paramref name="count"/> are all ones.</summary>
    /// <remarks>Constant data of the assembly: it never moves.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int* LastLanes(int lanes, int count) =>
        (int*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Masks)) + 16 - lanes + count;
}
