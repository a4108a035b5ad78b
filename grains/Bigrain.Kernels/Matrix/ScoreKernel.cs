using System.Runtime.Intrinsics;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Matrix;

/// <summary>Element-wise loops over scores and rows.</summary>
/// <remarks>Unsafe because operands are pooled or native; each loop stays inside the length it is given.</remarks>
internal static unsafe class ScoreKernel
{
    /// <summary>products[i] = offsets[i] - 2 * products[i].</summary>
    public static void OffsetMinusTwice(float* products, float* offsets, int count)
    {
        var i = Vector512.IsHardwareAccelerated ? OffsetMinusTwice<Lane512, Vector512<float>>(products, offsets, count)
            : Vector256.IsHardwareAccelerated ? OffsetMinusTwice<Lane256, Vector256<float>>(products, offsets, count)
            : Vector128.IsHardwareAccelerated ? OffsetMinusTwice<Lane128, Vector128<float>>(products, offsets, count)
            : 0;
        for (; i < count; i++)
        {
            products[i] = offsets[i] - (2 * products[i]);
        }
    }

    /// <summary>sums[i] += row[i].</summary>
    public static void AddRow(float* sums, float* row, int count)
    {
        var i = Vector512.IsHardwareAccelerated ? AddRow<Lane512, Vector512<float>>(sums, row, count)
            : Vector256.IsHardwareAccelerated ? AddRow<Lane256, Vector256<float>>(sums, row, count)
            : Vector128.IsHardwareAccelerated ? AddRow<Lane128, Vector128<float>>(sums, row, count)
            : 0;
        for (; i < count; i++)
        {
            sums[i] += row[i];
        }
    }

    private static int OffsetMinusTwice<TLane, TVector>(float* products, float* offsets, int count)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var i = 0;
        var minusTwo = TLane.Broadcast(-2f);
        for (; i + TLane.Count <= count; i += TLane.Count)
        {
            TLane.Store(
                TLane.MultiplyAdd(TLane.Load(products + i), minusTwo, TLane.Load(offsets + i)), products + i);
        }

        return i;
    }

    private static int AddRow<TLane, TVector>(float* sums, float* row, int count)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var i = 0;
        for (; i + TLane.Count <= count; i += TLane.Count)
        {
            TLane.Store(TLane.Add(TLane.Load(sums + i), TLane.Load(row + i)), sums + i);
        }

        return i;
    }
}
