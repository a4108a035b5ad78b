using System.Numerics;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Scan;

namespace Bigrain.Kernels.RaBitQ;

/// <summary>Quantises rotated residuals to 1 to 4 bits a dimension without any training.</summary>
/// <remarks>
/// The codes are the grid point that lies closest in direction: the step of the grid is searched over a few sizes around
/// the best one for Gaussian values, which is what a random rotation makes. Not thread safe: it owns scratch.
/// After RaBitQ (Gao and Long, SIGMOD 2024) and its extension to more bits (SIGMOD 2025).
/// </remarks>
public sealed class RaBitQEncoder
{
    private static readonly float[] BestSteps = [0, 1f, 0.9957f, 0.586f, 0.3352f];
    private static readonly float[] StepFactors = [1f, 0.92f, 1.08f, 0.84f, 1.17f, 0.75f, 1.28f];

    private readonly RaBitQPlanes _planes;
    private readonly float[] _magnitudes;
    private readonly float[] _values;

    /// <summary>Makes an encoder.</summary>
    /// <param name="planes">Dimension, bits, and how codes are cut.</param>
    public RaBitQEncoder(in RaBitQPlanes planes)
    {
        _planes = planes;
        _magnitudes = new float[planes.Dimension];
        _values = new float[planes.Dimension];
    }

    /// <summary>Dimension, bits, and how codes are cut.</summary>
    public RaBitQPlanes Planes => _planes;

    /// <summary>The values that the last code stands for; shape <c>[d]</c>.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Encodes one vector.</summary>
    /// <param name="residual">Rotated vector minus rotated centroid; shape <c>[d]</c>.</param>
    /// <param name="block">Receives the sub-codes; the vector's places must hold 0.</param>
    /// <param name="vector">Place in the block, 0 to 31.</param>
    /// <returns>The factors of the estimate.</returns>
    public CodeFactors Encode(ReadOnlySpan<float> residual, Span<byte> block, int vector)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(residual.Length, _planes.Dimension);
        int dimension = residual.Length;
        float length = Norm.Euclidean(residual);
        int bits = _planes.Bits;
        int sign = 1 << (bits - 1);
        float scale = 0;
        if (length > 0 && float.IsFinite(length))
        {
            float toGaussian = MathF.Sqrt(dimension) / length;
            for (int i = 0; i < dimension; i++)
            {
                _magnitudes[i] = MathF.Abs(residual[i]) * toGaussian;
            }

            scale = bits == 1 ? 0 : BestScale(bits);
        }

        // The value of a code is half an odd number, or plus and minus one half at 1 bit.
        float alignment = 0;
        float squared = 0;
        for (int i = 0; i < dimension; i++)
        {
            int step = scale == 0 ? 0 : Math.Min((int)(_magnitudes[i] * scale), sign - 1);
            int code = residual[i] >= 0 ? sign + step : sign - 1 - step;
            float value = code - ((2 * sign) - 1) / 2f;
            _values[i] = value;
            alignment += value * residual[i];
            squared += value * value;
            Set(block, vector, i, code);
        }

        return CodeFactors.Of(length, alignment, squared, dimension);
    }

    private float BestScale(int bits)
    {
        float best = 0;
        float bestScale = 0;
        var half = new Vector<float>(0.5f);
        var largest = new Vector<float>((1 << (bits - 1)) - 1);
        foreach (float factor in StepFactors)
        {
            float scale = 1 / (BestSteps[bits] * factor);
            var scales = new Vector<float>(scale);
            var alignments = Vector<float>.Zero;
            var squares = Vector<float>.Zero;
            int i = 0;
            for (; i <= _magnitudes.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var magnitude = new Vector<float>(_magnitudes, i);
                var value = Vector.Min(Vector.Floor(magnitude * scales), largest) + half;
                alignments += value * magnitude;
                squares += value * value;
            }

            float alignment = Vector.Sum(alignments);
            float squared = Vector.Sum(squares);
            for (; i < _magnitudes.Length; i++)
            {
                float value = Math.Min(MathF.Floor(_magnitudes[i] * scale), largest[0]) + 0.5f;
                alignment += value * _magnitudes[i];
                squared += value * value;
            }

            float quality = alignment * alignment / squared;
            if (quality > best)
            {
                best = quality;
                bestScale = scale;
            }
        }

        return bestScale;
    }

    private void Set(Span<byte> block, int vector, int dimension, int code)
    {
        Set(block, vector, dimension, code, _planes.First);
        if (_planes.Second.Bits != 0)
        {
            Set(block, vector, dimension, code, _planes.Second);
        }
    }

    private static void Set(Span<byte> block, int vector, int dimension, int code, in RaBitQPlanes.Plane plane)
    {
        int group = plane.DimensionsPerSubcode;
        int subcode = (plane.FirstChunk * NibbleLayout.ChunkSubcodes) + (dimension / group);
        int part = (code >> plane.Shift) & ((1 << plane.Bits) - 1);
        NibbleLayout.Set(block, vector, subcode, part << ((dimension % group) * plane.Bits));
    }
}
