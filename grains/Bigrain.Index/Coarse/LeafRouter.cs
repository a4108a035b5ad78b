using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.RaBitQ;
using Bigrain.Kernels.Scan;
using Bigrain.Kernels.TopK;

namespace Bigrain.Index.Coarse;

/// <summary>Orders the leaves of a segment for a query, nearest first.</summary>
/// <remarks>
/// Few leaves are ordered by exact distances of all centroids. Many are first estimated from codes of the centroids,
/// by the same scan that documents use, and only the best are measured exactly.
/// </remarks>
internal sealed unsafe class LeafRouter
{
    private readonly int _leafCount;
    private readonly int _dimension;
    private readonly bool _byProduct;
    private readonly float* _centroids;
    private readonly byte* _routing;
    private readonly LeafScale* _scales;
    private readonly RaBitQPlanes _planes;
    private readonly int _blockBytes;

    public LeafRouter(in CoarseHeader header, byte* body)
    {
        CoarseShape shape = header.Shape;
        _leafCount = header.LeafCount;
        _dimension = header.Dimension;
        _byProduct = header.Metric == Metric.Dot;
        _centroids = (float*)(body + shape.CentroidsOffset);
        _scales = (LeafScale*)(body + shape.ScalesOffset);
        if (header.RoutingBits > 0)
        {
            _routing = body + shape.RoutingOffset;
            _planes = new RaBitQPlanes(header.Dimension, header.RoutingBits);
            _blockBytes = shape.RoutingBlockBytes;
        }
    }

    /// <summary>Finds the nearest leaves.</summary>
    /// <param name="query">The query.</param>
    /// <param name="fromOrigin">Rotated query minus rotated origin.</param>
    /// <param name="rotatedOrigin">Rotated origin.</param>
    /// <param name="wanted">How many leaves.</param>
    /// <param name="scratch">Scratch; the leaves come back in it.</param>
    /// <param name="keys">Squared distances, or negated inner products under dot, of the leaves returned.</param>
    /// <returns>Leaves, nearest first; at least <paramref name="wanted"/> or all.</returns>
    public ReadOnlySpan<int> Nearest(
        CoarseQuery query,
        ReadOnlySpan<float> fromOrigin,
        ReadOnlySpan<float> rotatedOrigin,
        int wanted,
        SearchScratch scratch,
        out ReadOnlySpan<float> keys)
    {
        Span<float> all = scratch.Keys(CoarseShape.BlocksOf(_leafCount) * NibbleLayout.BlockVectors);
        wanted = Math.Min(wanted, _leafCount);
        Span<int> leaves = scratch.Leaves(_leafCount);
        Span<float> sorted = scratch.SortedKeys(_leafCount);
        int found;
        if (_routing is null)
        {
            Exact(query.Vector, all[.._leafCount]);
            found = Best(all, wanted, scratch, leaves);
            for (int i = 0; i < found; i++)
            {
                sorted[i] = all[leaves[i]];
            }
        }
        else
        {
            Estimate(fromOrigin, rotatedOrigin, query.Metric, all, scratch);
            // Estimates are off by a few percent: a margin keeps the nearest leaves in.
            found = Best(all, wanted + (wanted / 4) + 4, scratch, leaves);
            ExactOf(query.Vector, leaves[..found], sorted[..found]);
        }

        sorted[..found].Sort(leaves[..found]);
        keys = sorted[..found];
        return leaves[..found];
    }

    private int Best(ReadOnlySpan<float> all, int wanted, SearchScratch scratch, Span<int> leaves)
    {
        fixed (float* values = all)
        {
            float limit = SmallestValues.Limit(values, _leafCount, Math.Min(wanted, _leafCount), scratch.Minima(_leafCount));
            return SmallestValues.Collect(values, _leafCount, limit, leaves);
        }
    }

    private void Exact(ReadOnlySpan<float> vector, Span<float> keys)
    {
        if (!_byProduct)
        {
            SquaredL2.ScanMany(vector, _centroids, (nint)_dimension * sizeof(float), keys);
            return;
        }

        DotProduct.ScanMany(vector, _centroids, (nint)_dimension * sizeof(float), keys);
        Negate(keys);
    }

    private void ExactOf(ReadOnlySpan<float> vector, ReadOnlySpan<int> leaves, Span<float> keys)
    {
        if (!_byProduct)
        {
            SquaredL2.ScanIndexed(vector, _centroids, (nint)_dimension * sizeof(float), leaves, keys);
            return;
        }

        DotProduct.ScanIndexed(vector, _centroids, (nint)_dimension * sizeof(float), leaves, keys);
        Negate(keys);
    }

    private static void Negate(Span<float> keys)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = -keys[i];
        }
    }

    private void Estimate(ReadOnlySpan<float> fromOrigin, ReadOnlySpan<float> rotatedOrigin, Metric metric, Span<float> keys, SearchScratch scratch)
    {
        Span<byte> table = scratch.Table(_planes.BlockBytes);
        RaBitQTable rounding = RaBitQTableBuilder.Build(fromOrigin, _planes, table);
        LeafScale scale = _scales[_leafCount];
        float factor = metric == Metric.Dot ? -1 : -2;
        float start = metric == Metric.Dot
            ? -(DotProduct.Compute(fromOrigin, rotatedOrigin) + Norm.Squared(rotatedOrigin))
            : Norm.Squared(fromOrigin);
        var terms = new EstimateTerms(start, factor * scale.RescaleUnit * rounding.Step, factor * scale.RescaleUnit * rounding.Offset, 0, 0);
        int blocks = CoarseShape.BlocksOf(_leafCount);
        fixed (byte* entries = table)
        fixed (float* estimates = keys)
        {
            for (int block = 0; block < blocks; block += SearchScratch.TileBlocks)
            {
                int count = Math.Min(SearchScratch.TileBlocks, blocks - block);
                byte* codes = _routing + ((long)block * _blockBytes);
                NibbleScan.Sum(codes, _blockBytes, count, _planes.ChunkCount, entries, scratch.Sums);
                EstimatePass.Run(
                    scratch.Sums,
                    codes + _planes.BlockBytes,
                    _blockBytes,
                    count,
                    terms,
                    float.MaxValue,
                    float.MaxValue,
                    estimates + (block * NibbleLayout.BlockVectors),
                    scratch.Masks);
            }
        }
    }
}
