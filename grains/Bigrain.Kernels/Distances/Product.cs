using System.Runtime.CompilerServices;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Distances;

/// <summary>Sum of q * r.</summary>
internal readonly struct Product : IDistanceForm
{
    public static bool ScalesSum => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Accumulate<TLane, TVector>(TVector sum, TVector query, TVector record)
        where TLane : ILane<TVector>
        where TVector : struct => TLane.MultiplyAdd(query, record, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Accumulate(float sum, float query, float record) => (query * record) + sum;
}
