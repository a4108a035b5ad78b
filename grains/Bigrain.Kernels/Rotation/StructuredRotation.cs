using System.Numerics;
using System.Runtime.Intrinsics;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Rotation;

/// <summary>A seeded orthogonal transform that behaves like a random rotation and costs d log d: it spreads the energy
/// of a vector evenly over its dimensions and keeps lengths and inner products. Any dimension stays itself.</summary>
/// <remarks>
/// <para>One round, on d dimensions with p the largest power of two not above d:</para>
/// <list type="number">
/// <item>flip the signs drawn for this round;</item>
/// <item>normalised Hadamard transform of elements [0, p);</item>
/// <item>if p &lt; d: normalised Hadamard transform of elements [d - p, d), then for each i below h = d / 2 (rounded
/// down) replace the pair (x[i], x[i + d - h]) by (sum, difference) / sqrt(2), so that blocks which overlap little
/// still mix.</item>
/// </list>
/// <para>Signs: words of the SplitMix64 sequence. Word j (from 0) is <c>mix(seed + (j + 1) * 0x9E3779B97F4A7C15)</c>
/// modulo 2^64, with <c>mix(z)</c>: z = (z ^ (z &gt;&gt; 30)) * 0xBF58476D1CE4E5B9; z = (z ^ (z &gt;&gt; 27)) *
/// 0x94D049BB133111EB; z ^ (z &gt;&gt; 31). With W = ceil(d / 64), element i of round r is flipped if bit i mod 64 of
/// word r * W + i / 64 is 1. Stored codes depend on this sequence and on the rounds above: it is part of the format
/// and never changes.</para>
/// <para>All instruction sets give the same bits. Immutable, and safe for concurrent use. After the rotations of
/// HD3 structured random projections (Andoni et al. 2015, "Practical and Optimal LSH for Angular Distance").</para>
/// </remarks>
public sealed unsafe class StructuredRotation
{
    private readonly float[] _signs;
    private readonly int _block;
    private readonly float _blockScale;

    /// <summary>Draws a rotation.</summary>
    /// <param name="dimension">Dimension d, at least 1.</param>
    /// <param name="seed">Seed of the signs.</param>
    /// <param name="rounds">Rounds; 3 is enough for codes, 0 is the identity.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dimension"/> is below 1 or <paramref name="rounds"/> below 0.</exception>
    public StructuredRotation(int dimension, ulong seed, int rounds = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rounds);
        Dimension = dimension;
        Seed = seed;
        Rounds = rounds;
        _block = 1 << BitOperations.Log2((uint)dimension);
        _blockScale = (float)(1 / Math.Sqrt(_block));
        _signs = DrawSigns(dimension, seed, rounds);
    }

    /// <summary>Dimension d of the vectors, before and after.</summary>
    public int Dimension { get; }

    /// <summary>Seed of the signs.</summary>
    public ulong Seed { get; }

    /// <summary>Number of rounds.</summary>
    public int Rounds { get; }

    /// <summary>Rotates one vector.</summary>
    /// <param name="source">Vector; shape <c>[d]</c>.</param>
    /// <param name="destination">Receives the rotated vector; shape <c>[d]</c>; may be <paramref name="source"/> itself.</param>
    /// <exception cref="ArgumentException">A length is not <see cref="Dimension"/>.</exception>
    /// <remarks>NaN and infinities spread over the whole vector. Nothing is allocated.</remarks>
    public void Apply(ReadOnlySpan<float> source, Span<float> destination)
    {
        if (source.Length != Dimension || destination.Length != Dimension)
        {
            throw new ArgumentException(
                $"lengths {source.Length} and {destination.Length} must both be the rotation's dimension {Dimension}");
        }

        fixed (float* from = source, to = destination, signs = _signs)
        {
            if (Rounds == 0)
            {
                source.CopyTo(destination);
            }

            for (var round = 0; round < Rounds; round++)
            {
                FlipSigns(round == 0 ? from : to, signs + ((nint)round * Dimension), to, Dimension);
                FastHadamard.Transform(to, _block, _blockScale);
                if (_block < Dimension)
                {
                    FastHadamard.Transform(to + Dimension - _block, _block, _blockScale);
                    var half = Dimension / 2;
                    FoldHalves(to, to + Dimension - half, half);
                }
            }
        }
    }

    /// <summary>Rotates many vectors.</summary>
    /// <param name="source">Vectors; shape <c>[n, d]</c>.</param>
    /// <param name="destination">Receives the rotated vectors; shape <c>[n, d]</c>; may be <paramref name="source"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of <see cref="Dimension"/>.</exception>
    public void ApplyMany(ReadOnlySpan<float> source, Span<float> destination)
    {
        if (source.Length != destination.Length || source.Length % Dimension != 0)
        {
            throw new ArgumentException(
                $"lengths {source.Length} and {destination.Length} must be the same multiple of dimension {Dimension}");
        }

        for (var start = 0; start < source.Length; start += Dimension)
        {
            Apply(source.Slice(start, Dimension), destination.Slice(start, Dimension));
        }
    }

    private static float[] DrawSigns(int dimension, ulong seed, int rounds)
    {
        var signs = new float[checked(dimension * rounds)];
        var words = (dimension + 63) / 64;
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < dimension; i++)
            {
                var word = SplitMix64.Word(seed, (ulong)((round * words) + (i / 64)));
                var negative = (uint)(word >> (i % 64)) & 1;
                signs[(round * dimension) + i] = BitConverter.UInt32BitsToSingle(negative << 31);
            }
        }

        return signs;
    }

    /// <summary>Signs are kept as zeroes with a sign bit, so that flipping is one exclusive or.</summary>
    private static void FlipSigns(float* source, float* signs, float* destination, int dimension)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            i = FlipSigns<Lane512, Vector512<float>>(source, signs, destination, dimension);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            i = FlipSigns<Lane256, Vector256<float>>(source, signs, destination, dimension);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            i = FlipSigns<Lane128, Vector128<float>>(source, signs, destination, dimension);
        }

        for (; i < dimension; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle(
                BitConverter.SingleToUInt32Bits(source[i]) ^ BitConverter.SingleToUInt32Bits(signs[i]));
        }
    }

    private static int FlipSigns<TLane, TVector>(float* source, float* signs, float* destination, int dimension)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var i = 0;
        for (; i + TLane.Count <= dimension; i += TLane.Count)
        {
            TLane.Store(TLane.FlipSigns(TLane.Load(source + i), TLane.Load(signs + i)), destination + i);
        }

        return i;
    }

    private static void FoldHalves(float* lower, float* upper, int length)
    {
        const float scale = 0.70710678f;
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            i = FoldHalves<Lane512, Vector512<float>>(lower, upper, length, scale);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            i = FoldHalves<Lane256, Vector256<float>>(lower, upper, length, scale);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            i = FoldHalves<Lane128, Vector128<float>>(lower, upper, length, scale);
        }

        for (; i < length; i++)
        {
            var (a, b) = (lower[i], upper[i]);
            lower[i] = (a + b) * scale;
            upper[i] = (a - b) * scale;
        }
    }

    private static int FoldHalves<TLane, TVector>(float* lower, float* upper, int length, float scale)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var scales = TLane.Broadcast(scale);
        var i = 0;
        for (; i + TLane.Count <= length; i += TLane.Count)
        {
            var (a, b) = (TLane.Load(lower + i), TLane.Load(upper + i));
            TLane.Store(TLane.Multiply(TLane.Add(a, b), scales), lower + i);
            TLane.Store(TLane.Multiply(TLane.Subtract(a, b), scales), upper + i);
        }

        return i;
    }
}
