using System.Runtime.CompilerServices;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Distances;

/// <summary>Records of 32-bit floats.</summary>
internal readonly unsafe struct Fp32Element : IRecordElement
{
    public static int SizeBytes => 4;

    public static bool HasScale => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLane, TVector>(byte* source)
        where TLane : ILane<TVector>
        where TVector : struct => TLane.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* source) => *(float*)source;
}
