using System.Numerics;
using Bigrain.Cli.Files;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Matrix;

namespace Bigrain.Cli.Truth;

/// <summary>Some queries of an exact search: a fast pass with bounded rounding finds who may enter, and only these are computed exactly.</summary>
/// <remarks>The bound is that of a sum of d products in float32, d u |x| |y| with u = 2^-24; a pair that it cannot rule out is
/// computed as verification does, so that the result is that of comparing everything exactly. Not safe for concurrent use.</remarks>
internal sealed class QueryGroup : IDisposable
{
    /// <summary>Queries of a group: their products with a tile stay in the cache.</summary>
    public const int MaxQueries = 256;

    private const float UnitRoundoff = 1f / (1 << 24);

    private readonly Metric _metric;
    private readonly VectorMatrix _queries;
    private readonly int _first;
    private readonly Neighbors[] _neighbors;
    private readonly PackedMatrix _packed;
    private readonly float[] _norms;
    private readonly float[] _limits;
    private float[] _products = [];

    /// <summary>Packs queries.</summary>
    /// <param name="metric">How vectors are compared; under cosine the queries are normalised already.</param>
    /// <param name="queries">All queries.</param>
    /// <param name="first">First of this group.</param>
    /// <param name="count">How many.</param>
    /// <param name="k">Neighbours of each.</param>
    public QueryGroup(Metric metric, VectorMatrix queries, int first, int count, int k)
    {
        _metric = metric;
        _queries = queries;
        _first = first;
        _neighbors = [.. Enumerable.Range(0, count).Select(_ => new Neighbors(k))];
        _packed = new PackedMatrix(queries.Values.AsSpan(first * queries.Dimension, count * queries.Dimension), count, queries.Dimension);
        _norms = [.. Enumerable.Range(first, count).Select(query => Norm(queries.Row(query)))];
        _limits = new float[count];
        Array.Fill(_limits, float.PositiveInfinity);
    }

    /// <summary>What was found, query by query.</summary>
    public IReadOnlyList<Neighbors> Neighbors => _neighbors;

    /// <summary>Euclidean length of a vector.</summary>
    public static float Norm(ReadOnlySpan<float> vector)
    {
        double sum = 0;
        foreach (float element in vector)
        {
            sum += (double)element * element;
        }

        return (float)Math.Sqrt(sum);
    }

    /// <summary>Compares rows with the queries.</summary>
    /// <param name="rows">Rows; shape <c>[n, d]</c>.</param>
    /// <param name="rowNorms">Their lengths; shape <c>[n]</c>.</param>
    /// <param name="firstRow">Number of the first.</param>
    public void Scan(ReadOnlySpan<float> rows, ReadOnlySpan<float> rowNorms, int firstRow)
    {
        int count = _neighbors.Length;
        if (_products.Length < rowNorms.Length * count)
        {
            _products = new float[rowNorms.Length * count];
        }

        Span<float> products = _products.AsSpan(0, rowNorms.Length * count);
        _packed.InnerProducts(rows, products);
        int dimension = _queries.Dimension;
        for (int i = 0; i < rowNorms.Length; i++)
        {
            ScanRow(rows.Slice(i * dimension, dimension), rowNorms[i], products.Slice(i * count, count), firstRow + i);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _packed.Dispose();

    private void ScanRow(ReadOnlySpan<float> row, float norm, ReadOnlySpan<float> products, int number)
    {
        // l2: |q|^2 + |r|^2 - 2 qr - room <= threshold; otherwise -qr - room <= threshold. The query's part is in _limits.
        float factor = _metric == Metric.L2 ? 2 : 1;
        float room = factor * (_queries.Dimension + 8) * UnitRoundoff * norm;
        float own = _metric == Metric.L2 ? norm * norm * (1 - (16 * UnitRoundoff)) : 0;
        int lanes = Vector<float>.Count;
        int query = 0;
        for (; query + lanes <= products.Length; query += lanes)
        {
            Vector<float> bound = new Vector<float>(own)
                - (new Vector<float>(products[query..]) * factor)
                - (new Vector<float>(_norms, query) * room);
            if (Vector.LessThanOrEqualAny(bound, new Vector<float>(_limits, query)))
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    OfferIfNear(query + lane, bound[lane], row, number);
                }
            }
        }

        for (; query < products.Length; query++)
        {
            OfferIfNear(query, own - (products[query] * factor) - (_norms[query] * room), row, number);
        }
    }

    private void OfferIfNear(int query, float bound, ReadOnlySpan<float> row, int number)
    {
        if (!(bound <= _limits[query]))
        {
            return;
        }

        Neighbors neighbors = _neighbors[query];
        ReadOnlySpan<float> vector = _queries.Row(_first + query);
        float distance = _metric == Metric.L2 ? SquaredL2.Compute(vector, row) : -DotProduct.Compute(vector, row);
        if (distance <= neighbors.Threshold)
        {
            neighbors.Offer(distance, number);
            float square = _metric == Metric.L2 ? _norms[query] * _norms[query] * (1 - (16 * UnitRoundoff)) : 0;
            float limit = neighbors.Threshold - square;
            _limits[query] = limit + (16 * UnitRoundoff * Math.Max(Math.Abs(neighbors.Threshold), Math.Abs(limit)));
        }
    }
}
