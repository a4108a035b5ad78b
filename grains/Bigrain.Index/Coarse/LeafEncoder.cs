using System.Runtime.InteropServices;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.RaBitQ;
using Bigrain.Kernels.Rotation;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>Encodes the vectors of one leaf after the other into blocks with factors.</summary>
/// <remarks>
/// With c the centroid, m the origin, P the rotation, x the values of the code of P(o - c) and s its rescale factor:
/// L2: <c>|q-o|^2 = |q-c|^2 + F_add - 2 s &lt;x, P(q-m)&gt;</c>, <c>F_add = |o-c|^2 + 2 s &lt;x, P(c-m)&gt;</c>;
/// dot and cosine: <c>-&lt;q,o&gt; = -&lt;q,c&gt; + F_add - s &lt;x, P(q-m)&gt;</c>,
/// <c>F_add = -&lt;c,o-c&gt; + s &lt;x, P(c-m)&gt;</c>.
/// </remarks>
internal sealed class LeafEncoder
{
    private const int BlockVectors = NibbleLayout.BlockVectors;

    private readonly StructuredRotation _rotation;
    private readonly RaBitQPlanes _planes;
    private readonly RaBitQEncoder _encoder;
    private readonly bool _squared;
    private readonly int _blockBytes;
    private readonly float[] _rotatedOrigin;
    private readonly float[] _rotatedCentroid;
    private readonly float[] _centroidFromOrigin;
    private readonly float[] _residual;
    private readonly List<float> _adds = [];
    private readonly List<RaBitQVector> _vectors = [];
    private byte[] _blocks = [];
    private float _centroidSquared;

    public LeafEncoder(StructuredRotation rotation, int bits, Metric metric, ReadOnlySpan<float> rotatedOrigin)
    {
        _rotation = rotation;
        _planes = new RaBitQPlanes(rotation.Dimension, bits);
        _encoder = new RaBitQEncoder(_planes);
        _squared = metric == Metric.L2;
        _blockBytes = _planes.BlockBytes + FactorLayout.BlockBytes;
        _rotatedOrigin = rotatedOrigin.ToArray();
        _rotatedCentroid = new float[rotation.Dimension];
        _centroidFromOrigin = new float[rotation.Dimension];
        _residual = new float[rotation.Dimension];
    }

    /// <summary>Blocks of the leaf; complete after <see cref="End"/>.</summary>
    public ReadOnlySpan<byte> Blocks => _blocks.AsSpan(0, CoarseShape.BlocksOf(_vectors.Count) * _blockBytes);

    public void Begin(ReadOnlySpan<float> centroid, int expectedCount)
    {
        _centroidSquared = Norm.Squared(centroid);
        _rotation.Apply(centroid, _rotatedCentroid);
        for (int i = 0; i < _rotatedCentroid.Length; i++)
        {
            _centroidFromOrigin[i] = _rotatedCentroid[i] - _rotatedOrigin[i];
        }

        _adds.Clear();
        _vectors.Clear();
        int bytes = CoarseShape.BlocksOf(expectedCount) * _blockBytes;
        if (_blocks.Length < bytes)
        {
            _blocks = new byte[bytes];
        }

        _blocks.AsSpan(0, bytes).Clear();
    }

    public void Add(ReadOnlySpan<float> vector)
    {
        _rotation.Apply(vector, _residual);
        for (int i = 0; i < _residual.Length; i++)
        {
            _residual[i] -= _rotatedCentroid[i];
        }

        int index = _vectors.Count;
        Span<byte> block = _blocks.AsSpan(index / BlockVectors * _blockBytes, _planes.BlockBytes);
        RaBitQVector coded = _encoder.Encode(_residual, block, index % BlockVectors);
        float offset = coded.Rescale * DotProduct.Compute(_encoder.Values, _centroidFromOrigin);
        _adds.Add(_squared
            ? (coded.Length * coded.Length) + (2 * offset)
            : offset - DotProduct.Compute(_rotatedCentroid, _residual));
        _vectors.Add(coded);
    }

    public LeafScale End()
    {
        float rescale = 0;
        float spread = 0;
        float radius = 0;
        foreach (RaBitQVector vector in _vectors)
        {
            rescale = Math.Max(rescale, vector.Rescale);
            spread = Math.Max(spread, vector.Spread);
            radius = Math.Max(radius, vector.Length);
        }

        float rescaleUnit = rescale / ushort.MaxValue;
        float spreadUnit = spread / ushort.MaxValue;
        for (int block = 0; block < CoarseShape.BlocksOf(_vectors.Count); block++)
        {
            Span<byte> factors = _blocks.AsSpan((block * _blockBytes) + _planes.BlockBytes, FactorLayout.BlockBytes);
            Span<float> adds = MemoryMarshal.Cast<byte, float>(factors[..FactorLayout.RescaleOffset]);
            Span<ushort> rescales = MemoryMarshal.Cast<byte, ushort>(factors[FactorLayout.RescaleOffset..FactorLayout.SpreadOffset]);
            Span<ushort> spreads = MemoryMarshal.Cast<byte, ushort>(factors[FactorLayout.SpreadOffset..]);
            for (int lane = 0; lane < BlockVectors; lane++)
            {
                int index = (block * BlockVectors) + lane;
                if (index >= _vectors.Count)
                {
                    adds[lane] = float.PositiveInfinity;
                    continue;
                }

                adds[lane] = _adds[index];
                rescales[lane] = rescaleUnit > 0 ? (ushort)Math.Min(ushort.MaxValue, MathF.Round(_vectors[index].Rescale / rescaleUnit)) : (ushort)0;
                spreads[lane] = spreadUnit > 0 ? (ushort)Math.Min(ushort.MaxValue, MathF.Ceiling(_vectors[index].Spread / spreadUnit)) : (ushort)0;
            }
        }

        return new LeafScale(rescaleUnit, spreadUnit, _centroidSquared, radius);
    }
}
