using System.Runtime.CompilerServices;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Distances;

/// <summary>Records of signed bytes with a scale: x = scale * b.</summary>
internal readonly unsafe struct Int8Element : IRecordElement
{
    public static int SizeBytes => 1;

    public static bool HasScale => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLane, TVector>(byte* source)
        where TLane : ILane<TVector>
        where TVector : struct => TLane.LoadInt8((sbyte*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* source) => *(sbyte*)source;
}
