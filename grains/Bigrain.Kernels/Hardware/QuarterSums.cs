using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bigrain.Kernels.Hardware;

/// <summary>Sums across four lanes, one vector or four at once, in the same order.</summary>
internal static class QuarterSums
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(Vector128<float> value) => value[0] + value[1] + (value[2] + value[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Four(
        Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (!Sse.IsSupported)
        {
            return Vector128.Create(One(a), One(b), One(c), One(d));
        }

        // Two turns of a 4 x 4 transposition, with additions between them.
        var ab = Pairs(a, b);
        var cd = Pairs(c, d);
        return Sse.Add(Sse.Shuffle(ab, cd, 0b10_00_10_00), Sse.Shuffle(ab, cd, 0b11_01_11_01));
    }

    /// <summary>x0 + x1, x2 + x3, y0 + y1, y2 + y3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Pairs(Vector128<float> x, Vector128<float> y) =>
        Sse.Add(Sse.Shuffle(x, y, 0b10_00_10_00), Sse.Shuffle(x, y, 0b11_01_11_01));
}
