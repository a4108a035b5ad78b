using System.Runtime.CompilerServices;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Distances;

/// <summary>Sum of (q - r)^2.</summary>
internal readonly struct SquaredDifference : IDistanceForm
{
    public static bool ScalesSum => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Accumulate<TLane, TVector>(TVector sum, TVector query, TVector record)
        where TLane : ILane<TVector>
        where TVector : struct
    {
        var difference = TLane.Subtract(query, record);
        return TLane.MultiplyAdd(difference, difference, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Accumulate(float sum, float query, float record)
    {
        var difference = query - record;
        return (difference * difference) + sum;
    }
}
