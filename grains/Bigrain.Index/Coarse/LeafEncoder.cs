using System.Runtime.InteropServices;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
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
    private readonly StructuredRotation _rotation;
    private readonly CodeForm _form;
    private readonly bool _squared;
    private readonly float[] _rotatedOrigin;
    private readonly float[] _rotatedCentroid;
    private readonly float[] _centroidFromOrigin;
    private readonly float[] _residual;
    private readonly float[] _values;
    private readonly List<float> _adds = [];
    private readonly List<CodeFactors> _vectors = [];
    private byte[] _blocks = [];
    private float _centroidSquared;

    public LeafEncoder(StructuredRotation rotation, CodeForm form, Metric metric, ReadOnlySpan<float> rotatedOrigin)
    {
        _rotation = rotation;
        _form = form;
        _squared = metric == Metric.L2;
        _rotatedOrigin = rotatedOrigin.ToArray();
        _rotatedCentroid = new float[rotation.Dimension];
        _centroidFromOrigin = new float[rotation.Dimension];
        _residual = new float[rotation.Dimension];
        _values = new float[rotation.Dimension];
    }

    /// <summary>Blocks of the leaf; complete after <see cref="End"/>.</summary>
    public ReadOnlySpan<byte> Blocks => _blocks.AsSpan(0, BlocksOf(_vectors.Count) * _form.BlockBytes);

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
        int bytes = BlocksOf(expectedCount) * _form.BlockBytes;
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
        Span<byte> block = _blocks.AsSpan(index / _form.BlockVectors * _form.BlockBytes, _form.BlockCodeBytes);
        CodeFactors coded = _form.Encode(_residual, block, index % _form.BlockVectors, _values);
        float offset = coded.Rescale * DotProduct.Compute(_values, _centroidFromOrigin);
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
        foreach (CodeFactors vector in _vectors)
        {
            rescale = Math.Max(rescale, vector.Rescale);
            spread = Math.Max(spread, vector.Spread);
            radius = Math.Max(radius, vector.Length);
        }

        float rescaleUnit = rescale / ushort.MaxValue;
        float spreadUnit = spread / ushort.MaxValue;
        int groups = BlocksOf(_vectors.Count) * _form.GroupsPerBlock;
        for (int group = 0; group < groups; group++)
        {
            int place = (group / _form.GroupsPerBlock * _form.BlockBytes) + _form.BlockCodeBytes + (group % _form.GroupsPerBlock * FactorLayout.BlockBytes);
            WriteFactors(_blocks.AsSpan(place, FactorLayout.BlockBytes), group * NibbleLayout.BlockVectors, rescaleUnit, spreadUnit);
        }

        return new LeafScale(rescaleUnit, spreadUnit, _centroidSquared, radius);
    }

    private int BlocksOf(int vectorCount) => CoarseShape.BlocksOf(vectorCount, _form.BlockVectors);

    private void WriteFactors(Span<byte> factors, int first, float rescaleUnit, float spreadUnit)
    {
        Span<float> adds = MemoryMarshal.Cast<byte, float>(factors[..FactorLayout.RescaleOffset]);
        Span<ushort> rescales = MemoryMarshal.Cast<byte, ushort>(factors[FactorLayout.RescaleOffset..FactorLayout.SpreadOffset]);
        Span<ushort> spreads = MemoryMarshal.Cast<byte, ushort>(factors[FactorLayout.SpreadOffset..]);
        for (int lane = 0; lane < NibbleLayout.BlockVectors; lane++)
        {
            int index = first + lane;
            if (index >= _vectors.Count)
            {
                adds[lane] = float.PositiveInfinity;
                continue;
            }

            adds[lane] = _adds[index];
            rescales[lane] = Quantise(MathF.Round(_vectors[index].Rescale / rescaleUnit));
            spreads[lane] = Quantise(MathF.Ceiling(_vectors[index].Spread / spreadUnit));
        }
    }

    /// <summary>To 16 bits; 0 for the NaN of a leaf whose unit is 0.</summary>
    private static ushort Quantise(float value) => (ushort)(value > 0 ? Math.Min(ushort.MaxValue, value) : 0);
}
