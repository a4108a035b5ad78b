using System.Runtime.CompilerServices;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Distances;

/// <summary>Records of 16-bit floats.</summary>
internal readonly unsafe struct Fp16Element : IRecordElement
{
    public static int SizeBytes => 2;

    public static bool HasScale => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLane, TVector>(byte* source)
        where TLane : ILane<TVector>
        where TVector : struct => TLane.LoadHalf((Half*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* source) => (float)*(Half*)source;
}
