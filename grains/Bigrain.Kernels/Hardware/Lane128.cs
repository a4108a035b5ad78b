using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bigrain.Kernels.Hardware;

/// <summary>4 floats at once.</summary>
internal readonly unsafe struct Lane128 : ILane<Vector128<float>>
{
    public static int Count => 4;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadHalf(Half* source)
    {
        var bits = Vector128.BitwiseAnd(
            Vector128.ShiftLeft(WidenInt16((short*)source), 13), Vector128.Create(LaneTables.HalfMask));
        var special = Vector128.Create(LaneTables.HalfSpecial);
        var isSpecial = Vector128.Equals(Vector128.BitwiseAnd(bits, special), special);
        var value = Vector128.Multiply(bits.AsSingle(), Vector128.Create(LaneTables.HalfScale)).AsInt32();
        return Vector128.ConditionalSelect(
            isSpecial, Vector128.BitwiseOr(value, Vector128.Create(LaneTables.FloatSpecial)), value).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadInt8(sbyte* source) => Vector128.ConvertToSingle(WidenInt8(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> KeepLast(Vector128<float> value, int count) =>
        Vector128.BitwiseAnd(value, Vector128.Load(LaneTables.LastLanes(4, count)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> value) => QuarterSums.One(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumFour(
        Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d, float* destination) =>
        QuarterSums.Four(a, b, c, d).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> FlipSigns(Vector128<float> value, Vector128<float> signs) =>
        Vector128.Xor(value, signs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Hadamard(Vector128<float> value)
    {
        // A stage of distance h: lanes without bit h become a + b, those with it a - b; the product by 1 or -1 is exact.
        value = Vector128.MultiplyAddEstimate(
            value,
            Vector128.Create(1f, -1f, 1f, -1f),
            Vector128.Shuffle(value, Vector128.Create(1, 0, 3, 2)));
        value = Vector128.MultiplyAddEstimate(
            value,
            Vector128.Create(1f, 1f, -1f, -1f),
            Vector128.Shuffle(value, Vector128.Create(2, 3, 0, 1)));
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> WidenInt16(short* source) =>
        Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(source)).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> WidenInt8(sbyte* source) =>
        Vector128.WidenLower(Vector128.WidenLower(
            Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(source)).AsSByte()));
}
