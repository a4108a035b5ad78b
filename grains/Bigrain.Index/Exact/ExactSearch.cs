using System.Numerics;
using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Matrix;

namespace Bigrain.Index.Exact;

/// <summary>Exact nearest rows of many queries over a base that streams by: the truth that recall is measured against.</summary>
/// <remarks>
/// The blocked matrix kernel rules rows out with the worst case of its rounding added; what is left is scored one by one,
/// as verification does it. So the result does not depend on blocks or threads. One caller at a time; every thread
/// takes a share of the queries.
/// </remarks>
public sealed class ExactSearch : IDisposable
{
    private const int ProductBytes = 1 << 20;

    // Unit roundoff of fp32.
    private const float Roundoff = 1f / (1 << 24);

    private readonly Metric _metric;
    private readonly int _dimension;
    private readonly QueryShare[] _shares;

    /// <summary>Prepares a search.</summary>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="queries">Queries; shape <c>[n, d]</c>; copied, and normalised under cosine.</param>
    /// <param name="dimension">Elements of a vector.</param>
    /// <param name="k">Rows wanted for each query.</param>
    /// <param name="threads">Most threads at a time; 0 = one for each processor.</param>
    public ExactSearch(Metric metric, ReadOnlySpan<float> queries, int dimension, int k, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        _metric = metric;
        _dimension = dimension;
        float[] prepared = queries.ToArray();
        if (metric == Metric.Cosine)
        {
            Normalise(prepared);
        }

        QueryCount = prepared.Length / dimension;
        int shareCount = Math.Max(1, Math.Min(threads > 0 ? threads : Environment.ProcessorCount, QueryCount));
        _shares = new QueryShare[shareCount];
        for (int share = 0; share < shareCount; share++)
        {
            int begin = (int)((long)QueryCount * share / shareCount);
            int end = (int)((long)QueryCount * (share + 1) / shareCount);
            _shares[share] = new QueryShare(prepared.AsSpan(begin * dimension, (end - begin) * dimension).ToArray(), dimension, k);
        }
    }

    /// <summary>Number of queries.</summary>
    public int QueryCount { get; }

    /// <summary>Scans a block of base rows.</summary>
    /// <param name="block">Rows; shape <c>[n, d]</c>; normalised in place under cosine.</param>
    /// <param name="firstRow">Number of the first.</param>
    public void Add(Memory<float> block, int firstRow)
    {
        if (_metric == Metric.Cosine)
        {
            Normalise(block.Span);
        }

        Parallel.ForEach(_shares, share => Scan(share, block.Span, firstRow));
    }

    /// <summary>Nearest rows of a query so far, closest first, ties by row number, with their rank distances.</summary>
    /// <param name="query">Number of the query.</param>
    public (float Distance, int Row)[] Nearest(int query)
    {
        foreach (QueryShare share in _shares)
        {
            if (query < share.Nearest.Length)
            {
                return share.Nearest[query].Sorted();
            }

            query -= share.Nearest.Length;
        }

        throw new ArgumentOutOfRangeException(nameof(query));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (QueryShare share in _shares)
        {
            share.Dispose();
        }
    }

    private void Normalise(Span<float> vectors)
    {
        for (int i = 0; i < vectors.Length; i += _dimension)
        {
            RankDistance.Normalise(vectors.Slice(i, _dimension));
        }
    }

    // With s = 2 (L2) or 1 a rank distance is a(x) + b(q) - s <q, x>, where a and b are squared lengths or 0.
    // The product is off by at most d roundoffs of |q||x|, which is at most half of |q|² + |x|².
    private void Scan(QueryShare share, ReadOnlySpan<float> block, int firstRow)
    {
        int queryCount = share.Nearest.Length;
        bool isL2 = _metric == Metric.L2;
        float slack = Math.Max(8, _dimension) * 2 * Roundoff;
        int tileRows = Math.Max(1, ProductBytes / (sizeof(float) * queryCount));
        float[] products = new float[tileRows * queryCount];
        int rowCount = block.Length / _dimension;
        for (int tile = 0; tile < rowCount; tile += tileRows)
        {
            int rows = Math.Min(tileRows, rowCount - tile);
            share.Packed.InnerProducts(block.Slice(tile * _dimension, rows * _dimension), products.AsSpan(0, rows * queryCount));
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> row = block.Slice((tile + i) * _dimension, _dimension);
                float squared = DotProduct.Compute(row, row);
                float own = (isL2 ? squared : 0) - (slack * squared);
                share.Offer(row, firstRow + tile + i, own, isL2 ? 2 : 1, slack, isL2, products.AsSpan(i * queryCount, queryCount));
            }
        }
    }

    private sealed class QueryShare : IDisposable
    {
        private readonly float[] _queries;
        private readonly int _dimension;
        private readonly float[] _squared;
        private readonly float[] _limits;

        public QueryShare(float[] queries, int dimension, int k)
        {
            int count = queries.Length / dimension;
            _queries = queries;
            _dimension = dimension;
            Packed = new PackedMatrix(queries, count, dimension);
            Nearest = new NearestRows[count];
            _squared = new float[count];
            _limits = new float[count];
            Array.Fill(_limits, float.PositiveInfinity);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> query = Query(i);
                Nearest[i] = new NearestRows(k);
                _squared[i] = DotProduct.Compute(query, query);
            }
        }

        public PackedMatrix Packed { get; }

        public NearestRows[] Nearest { get; }

        public void Offer(
            ReadOnlySpan<float> row, int number, float own, float scale, float slack, bool isL2, ReadOnlySpan<float> products)
        {
            ReadOnlySpan<float> limits = _limits;
            var owns = new Vector<float>(own);
            var scales = new Vector<float>(scale);
            int query = 0;
            for (; query <= products.Length - Vector<float>.Count; query += Vector<float>.Count)
            {
                Vector<float> lowest = owns - (scales * new Vector<float>(products[query..]));
                if (Vector.LessThanOrEqualAny(lowest, new Vector<float>(limits[query..])))
                {
                    for (int lane = query; lane < query + Vector<float>.Count; lane++)
                    {
                        Score(lane, row, number, own - (scale * products[lane]), slack, isL2);
                    }
                }
            }

            for (; query < products.Length; query++)
            {
                Score(query, row, number, own - (scale * products[query]), slack, isL2);
            }
        }

        public void Dispose() => Packed.Dispose();

        private void Score(int query, ReadOnlySpan<float> row, int number, float lowest, float slack, bool isL2)
        {
            if (!(lowest <= _limits[query]))
            {
                return;
            }

            float distance = isL2 ? SquaredL2.Compute(Query(query), row) : -DotProduct.Compute(Query(query), row);
            NearestRows nearest = Nearest[query];
            if (distance <= nearest.Threshold)
            {
                nearest.Offer(distance, number);
                _limits[query] = nearest.Threshold - (isL2 ? _squared[query] : 0) + (slack * _squared[query]);
            }
        }

        private ReadOnlySpan<float> Query(int query) => _queries.AsSpan(query * _dimension, _dimension);
    }
}
