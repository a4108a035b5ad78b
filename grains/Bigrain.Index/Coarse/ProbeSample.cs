using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Matrix;

namespace Bigrain.Index.Coarse;

/// <summary>
/// Measures how far automatic probing has to go: rows of the segment act as queries, their true neighbours are found
/// while the rows pass by, and the reach that would have visited the leaves of nearly all neighbours is kept.
/// </summary>
/// <remarks>
/// L2 and cosine: a leaf is visited while the plane halfway between the nearest centroid and its own is nearer than
/// reach times the distance of the k-th neighbour. Dot: while its centroid's product plus reach times the largest
/// possible gain inside the leaf is above the k-th product.
/// </remarks>
internal sealed class ProbeSample : IDisposable
{
    private const int Neighbours = 10;

    private readonly int _dimension;
    private readonly Metric _metric;
    private readonly int[] _queryRows;
    private readonly float[] _queries;
    private readonly PackedMatrix _packed;
    private readonly Shortlist[] _nearest;
    private float[] _products = [];

    public ProbeSample(IVectorSource rows, Metric metric, CoarseOptions options, ulong seed)
    {
        _dimension = rows.Dimension;
        _metric = metric;
        _queryRows = LeafBuilder.SampleRows(rows.Count, options.ProbeSampleCount, ~seed);
        _queries = LeafBuilder.Read(rows, metric, _queryRows);
        _packed = new PackedMatrix(_queries, _queryRows.Length, _dimension);
        _nearest = new Shortlist[_queryRows.Length];
        for (int i = 0; i < _nearest.Length; i++)
        {
            _nearest[i] = new Shortlist(Neighbours, Neighbours);
        }
    }

    public void Offer(in RowBlock block)
    {
        int queries = _queryRows.Length;
        const int Part = 1_024;
        if (_products.Length == 0)
        {
            _products = new float[Part * queries];
        }

        ReadOnlySpan<float> rows = block.Rows.Span;
        for (int first = 0; first < block.Count; first += Part)
        {
            int count = Math.Min(Part, block.Count - first);
            ReadOnlySpan<float> part = rows.Slice(first * _dimension, count * _dimension);
            _packed.InnerProducts(part, _products.AsSpan(0, count * queries));
            for (int i = 0; i < count; i++)
            {
                int row = block.FirstRow + first + i;
                float squared = _metric == Metric.L2 ? Norm.Squared(part.Slice(i * _dimension, _dimension)) : 0;
                float factor = _metric == Metric.L2 ? -2 : -1;
                ReadOnlySpan<float> products = _products.AsSpan(i * queries, queries);
                for (int query = 0; query < queries; query++)
                {
                    float distance = squared + (factor * products[query]);
                    if (distance <= _nearest[query].Threshold && row != _queryRows[query])
                    {
                        _nearest[query].Add(0, row, distance, 0);
                    }
                }
            }
        }
    }

    public float Measure(float[] centroids, float[] radii, int[] leafOfRow, double target)
    {
        var needed = new List<float>(_queryRows.Length * Neighbours);
        for (int query = 0; query < _queryRows.Length; query++)
        {
            Shortlist nearest = _nearest[query];
            nearest.Cut();
            if (nearest.Count == 0)
            {
                continue;
            }

            ReadOnlySpan<float> vector = _queries.AsSpan(query * _dimension, _dimension);
            float last = nearest.Estimates[^1];
            if (_metric != Metric.Dot)
            {
                AddPlanes(vector, centroids, leafOfRow, nearest.Slots, Distance(vector, last), needed);
            }
            else
            {
                foreach (int row in nearest.Slots)
                {
                    int leaf = leafOfRow[row];
                    float gain = Norm.Euclidean(vector) * radii[leaf];
                    float product = DotProduct.Compute(vector, centroids.AsSpan(leaf * _dimension, _dimension));
                    needed.Add(gain > 0 ? Math.Max(0, (-product - last) / gain) : 0);
                }
            }
        }

        if (needed.Count == 0)
        {
            return 0;
        }

        needed.Sort();
        float reach = needed[Math.Min(needed.Count - 1, (int)Math.Ceiling(target * needed.Count))];
        return Math.Max(reach, 1e-3f);
    }

    public void Dispose() => _packed.Dispose();

    private float Distance(ReadOnlySpan<float> vector, float rank) => MathF.Sqrt(Math.Max(0, _metric == Metric.Cosine
        ? 2 + (2 * rank)
        : rank + Norm.Squared(vector)));

    private void AddPlanes(ReadOnlySpan<float> vector, float[] centroids, int[] leafOfRow, ReadOnlySpan<int> rows, float distance, List<float> needed)
    {
        int leafCount = centroids.Length / _dimension;
        var keys = new float[leafCount];
        SquaredL2.ScanMany(vector, centroids, keys);
        int nearest = 0;
        for (int leaf = 1; leaf < leafCount; leaf++)
        {
            if (keys[leaf] < keys[nearest])
            {
                nearest = leaf;
            }
        }

        ReadOnlySpan<float> home = centroids.AsSpan(nearest * _dimension, _dimension);
        foreach (int row in rows)
        {
            int leaf = leafOfRow[row];
            float between = MathF.Sqrt(SquaredL2.Compute(home, centroids.AsSpan(leaf * _dimension, _dimension)));
            float plane = between > 0 ? (keys[leaf] - keys[nearest]) / (2 * between) : 0;
            needed.Add(distance > 0 ? plane / distance : 0);
        }
    }
}
