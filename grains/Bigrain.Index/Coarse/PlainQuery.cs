using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>A query against the codes of a trained model: its look-up tables, the same for all segments of the generation.</summary>
internal sealed class PlainQuery
{
    // A rounded entry is off by half a step at most; the rest is for the sums of floats.
    private const float StepsOff = 0.51f;

    private readonly float[] _products;
    private readonly byte[] _table;
    private readonly TableRounding _rounding;
    private readonly float _slack;

    public PlainQuery(ReadOnlySpan<float> vector, LearnedTables tables)
    {
        Tables = tables;
        PqCodebooks codebooks = tables.Model!.ScoreCodebooks;
        var rotated = new float[vector.Length];
        tables.Model.Rotate(vector, rotated);
        _products = new float[codebooks.SubspaceCount << codebooks.Bits];
        codebooks.FillProducts(rotated, _products);
        var form = new PqForm(codebooks);
        _table = new byte[form.TableBytes];
        _rounding = form.FillTable(rotated, _table);
        _slack = StepsOff * codebooks.SubspaceCount * _rounding.Step;
    }

    public LearnedTables Tables { get; }

    /// <summary>Products of the query and every codeword, <c>2^bits</c> for each subspace.</summary>
    public ReadOnlySpan<float> Products => _products;

    /// <summary>The same, rounded.</summary>
    public ReadOnlySpan<byte> Table => _table;

    /// <summary>The smallest rounded sum of a code whose estimate can be within a limit.</summary>
    /// <param name="estimateLimit">Largest rank distance that matters.</param>
    public int LeastSum(float estimateLimit)
    {
        float least = (-estimateLimit - _slack - (1e-5f * MathF.Abs(estimateLimit)) - _rounding.Offset) / _rounding.Step;
        return least > 0 ? (int)MathF.Floor(Math.Min(least, int.MaxValue / 2)) : 0;
    }
}
