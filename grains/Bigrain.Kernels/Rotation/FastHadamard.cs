using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Rotation;

/// <summary>In-place Hadamard transform of a power-of-two block, scaled.</summary>
/// <remarks>Unsafe because blocks overlap inside one vector. Stages run in the order of distances 1, 2, 4 and so on in
/// every form, and each result is one rounded sum: all forms agree bit for bit. Bounds: all reads and writes are
/// inside <c>[block, block + length)</c>, as every form steps by divisors of the power of two.</remarks>
internal static unsafe class FastHadamard
{
    /// <summary>Transforms <paramref name="length"/> (a power of two) floats and multiplies them by <paramref name="scale"/>.</summary>
    public static void Transform(float* block, int length, float scale)
    {
        if (Vector512.IsHardwareAccelerated && length >= 64)
        {
            Transform<Lane512, Vector512<float>>(block, length, scale);
        }
        else if (Vector256.IsHardwareAccelerated && length >= 32)
        {
            Transform<Lane256, Vector256<float>>(block, length, scale);
        }
        else if (Vector128.IsHardwareAccelerated && length >= 16)
        {
            Transform<Lane128, Vector128<float>>(block, length, scale);
        }
        else
        {
            Scalar(block, length, scale);
        }
    }

    /// <summary>The portable form, and the reference that the others are held against.</summary>
    public static void Scalar(float* block, int length, float scale)
    {
        for (var distance = 1; distance < length; distance *= 2)
        {
            for (var start = 0; start < length; start += 2 * distance)
            {
                for (var i = start; i < start + distance; i++)
                {
                    var (a, b) = (block[i], block[i + distance]);
                    block[i] = a + b;
                    block[i + distance] = a - b;
                }
            }
        }

        for (var i = 0; i < length; i++)
        {
            block[i] *= scale;
        }
    }

    private static void Transform<TLane, TVector>(float* block, int length, float scale)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        // At least four vectors: the stages inside a vector and the next two in one pass.
        for (var p = block; p < block + length; p += 4 * TLane.Count)
        {
            var a = TLane.Hadamard(TLane.Load(p));
            var b = TLane.Hadamard(TLane.Load(p + TLane.Count));
            var c = TLane.Hadamard(TLane.Load(p + (2 * TLane.Count)));
            var d = TLane.Hadamard(TLane.Load(p + (3 * TLane.Count)));
            StoreFour<TLane, TVector>(p, TLane.Count, a, b, c, d);
        }

        // Then two stages a pass; an odd one out at the end takes a pass of its own.
        var distance = 4 * TLane.Count;
        for (; distance * 4 <= length; distance *= 4)
        {
            for (var start = block; start < block + length; start += 4 * distance)
            {
                for (var p = start; p < start + distance; p += TLane.Count)
                {
                    StoreFour<TLane, TVector>(
                        p,
                        distance,
                        TLane.Load(p),
                        TLane.Load(p + distance),
                        TLane.Load(p + (2 * distance)),
                        TLane.Load(p + (3 * distance)));
                }
            }
        }

        var scales = TLane.Broadcast(scale);
        if (distance < length)
        {
            for (var p = block; p < block + distance; p += TLane.Count)
            {
                var (a, b) = (TLane.Load(p), TLane.Load(p + distance));
                TLane.Store(TLane.Multiply(TLane.Add(a, b), scales), p);
                TLane.Store(TLane.Multiply(TLane.Subtract(a, b), scales), p + distance);
            }
        }
        else
        {
            for (var p = block; p < block + length; p += TLane.Count)
            {
                TLane.Store(TLane.Multiply(TLane.Load(p), scales), p);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour<TLane, TVector>(
        float* p, nint distance, TVector a, TVector b, TVector c, TVector d)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var (e, f) = (TLane.Add(a, b), TLane.Subtract(a, b));
        var (g, h) = (TLane.Add(c, d), TLane.Subtract(c, d));
        TLane.Store(TLane.Add(e, g), p);
        TLane.Store(TLane.Add(f, h), p + distance);
        TLane.Store(TLane.Subtract(e, g), p + (2 * distance));
        TLane.Store(TLane.Subtract(f, h), p + (3 * distance));
    }
}
