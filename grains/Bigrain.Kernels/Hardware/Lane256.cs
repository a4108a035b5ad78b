using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bigrain.Kernels.Hardware;

/// <summary>8 floats at once.</summary>
internal readonly unsafe struct Lane256 : ILane<Vector256<float>>
{
    public static int Count => 8;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalf(Half* source)
    {
        var bits = Vector256.BitwiseAnd(
            Vector256.ShiftLeft(WidenInt16((short*)source), 13), Vector256.Create(LaneTables.HalfMask));
        var special = Vector256.Create(LaneTables.HalfSpecial);
        var isSpecial = Vector256.Equals(Vector256.BitwiseAnd(bits, special), special);
        var value = Vector256.Multiply(bits.AsSingle(), Vector256.Create(LaneTables.HalfScale)).AsInt32();
        return Vector256.ConditionalSelect(
            isSpecial, Vector256.BitwiseOr(value, Vector256.Create(LaneTables.FloatSpecial)), value).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadInt8(sbyte* source) => Vector256.ConvertToSingle(WidenInt8(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> KeepLast(Vector256<float> value, int count) =>
        Vector256.BitwiseAnd(value, Vector256.Load(LaneTables.LastLanes(8, count)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> value) => QuarterSums.One(Fold(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumFour(
        Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* destination) =>
        QuarterSums.Four(Fold(a), Fold(b), Fold(c), Fold(d)).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FlipSigns(Vector256<float> value, Vector256<float> signs) =>
        Vector256.Xor(value, signs);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Hadamard(Vector256<float> value)
    {
        // A stage of distance h: lanes without bit h become a + b, those with it a - b; the product by 1 or -1 is exact.
        value = Vector256.MultiplyAddEstimate(
            value,
            Vector256.Create(1f, -1f, 1f, -1f, 1f, -1f, 1f, -1f),
            Vector256.Shuffle(value, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)));
        value = Vector256.MultiplyAddEstimate(
            value,
            Vector256.Create(1f, 1f, -1f, -1f, 1f, 1f, -1f, -1f),
            Vector256.Shuffle(value, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)));
        value = Vector256.MultiplyAddEstimate(
            value,
            Vector256.Create(1f, 1f, 1f, 1f, -1f, -1f, -1f, -1f),
            Vector256.Shuffle(value, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3)));
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> WidenInt16(short* source)
    {
        var narrow = Vector128.Load(source);
        return Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(narrow)
            : Vector256.Create(Vector128.WidenLower(narrow), Vector128.WidenUpper(narrow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> WidenInt8(sbyte* source)
    {
        var narrow = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(source)).AsSByte();
        if (Avx2.IsSupported)
        {
            return Avx2.ConvertToVector256Int32(narrow);
        }

        var middle = Vector128.WidenLower(narrow);
        return Vector256.Create(Vector128.WidenLower(middle), Vector128.WidenUpper(middle));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(Vector256<float> value) => value.GetLower() + value.GetUpper();
}
