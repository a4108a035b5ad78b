using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
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
    private readonly RaBitQForm? _form;

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
            _form = new RaBitQForm(header.Dimension, header.RoutingBits);
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
        Span<float> all = scratch.Keys(KeyCount);
        if (_form is null)
        {
            Exact(query.Vector, all[.._leafCount]);
        }
        else
        {
            Span<byte> table = scratch.RoutingTable(_form.TableBytes);
            TableRounding rounding = _form.FillTable(fromOrigin, table);
            fixed (byte* entries = table)
            fixed (float* estimates = all)
            {
                EstimateTerms terms = TermsOf(query, fromOrigin, rotatedOrigin, rounding);
                for (int block = 0; block < BlockCount; block += SearchScratch.TileBlocks)
                {
                    int count = Math.Min(SearchScratch.TileBlocks, BlockCount - block);
                    _form.Sum(BlockAt(block), count, entries, scratch.Sums);
                    Estimate(block, count, scratch.Sums, terms, estimates, scratch);
                }
            }
        }

        return Choose(query, all, wanted, scratch, out keys);
    }

    /// <summary>Estimates the keys of all leaves for four queries at once; <see cref="IsEstimated"/> only.</summary>
    /// <param name="queries">Four queries.</param>
    /// <param name="fromOrigins">Their rotated forms minus the origin; shape <c>[4, d]</c>.</param>
    /// <param name="rotatedOrigin">Rotated origin.</param>
    /// <param name="scratch">Scratch.</param>
    /// <param name="keys">Receives <c>[4, KeyCount]</c> estimates for <see cref="Choose"/>.</param>
    public void EstimateFour(
        ReadOnlySpan<CoarseQuery> queries,
        ReadOnlySpan<float> fromOrigins,
        ReadOnlySpan<float> rotatedOrigin,
        SearchScratch scratch,
        Span<float> keys)
    {
        RaBitQForm form = _form!;
        Span<byte> tables = scratch.RoutingTable(4 * form.TableBytes);
        Span<EstimateTerms> terms = stackalloc EstimateTerms[4];
        fixed (byte* entries = tables)
        fixed (float* estimates = keys)
        {
            byte** starts = stackalloc byte*[4];
            for (int i = 0; i < 4; i++)
            {
                ReadOnlySpan<float> fromOrigin = fromOrigins.Slice(i * _dimension, _dimension);
                TableRounding rounding = form.FillTable(fromOrigin, tables[(i * form.TableBytes)..]);
                terms[i] = TermsOf(queries[i], fromOrigin, rotatedOrigin, rounding);
                starts[i] = entries + (i * form.TableBytes);
            }

            for (int block = 0; block < BlockCount; block += SearchScratch.TileBlocks)
            {
                int count = Math.Min(SearchScratch.TileBlocks, BlockCount - block);
                form.SumFour(BlockAt(block), count, starts, scratch.Sums);
                for (int i = 0; i < 4; i++)
                {
                    int* sums = scratch.Sums + (i * count * NibbleLayout.BlockVectors);
                    Estimate(block, count, sums, terms[i], estimates + ((long)i * KeyCount), scratch);
                }
            }
        }
    }

    /// <summary>Orders the best leaves among keys.</summary>
    /// <param name="query">The query.</param>
    /// <param name="all">Keys of all leaves: exact, or estimates that are measured here.</param>
    /// <param name="wanted">How many leaves.</param>
    /// <param name="scratch">Scratch; the leaves come back in it.</param>
    /// <param name="keys">Exact keys of the leaves returned.</param>
    /// <returns>Leaves, nearest first; at least <paramref name="wanted"/> or all.</returns>
    public ReadOnlySpan<int> Choose(CoarseQuery query, ReadOnlySpan<float> all, int wanted, SearchScratch scratch, out ReadOnlySpan<float> keys)
    {
        wanted = Math.Min(wanted, _leafCount);
        Span<int> leaves = scratch.Leaves(_leafCount);
        Span<float> sorted = scratch.SortedKeys(_leafCount);
        int found;
        if (_form is null)
        {
            found = Best(all, wanted, scratch, leaves);
            for (int i = 0; i < found; i++)
            {
                sorted[i] = all[leaves[i]];
            }
        }
        else
        {
            // Estimates are off by a few percent: a margin keeps the nearest leaves in.
            found = Best(all, wanted + (wanted / 2) + 8, scratch, leaves);
            ExactOf(query.Vector, leaves[..found], sorted[..found]);
        }

        sorted[..found].Sort(leaves[..found]);
        keys = sorted[..found];
        return leaves[..found];
    }

    /// <summary>Whether keys are estimated from codes first.</summary>
    public bool IsEstimated => _form is not null;

    /// <summary>Length of a list of keys: leaves, rounded up to whole blocks.</summary>
    public int KeyCount => BlockCount * NibbleLayout.BlockVectors;

    private int BlockCount => CoarseShape.BlocksOf(_leafCount, NibbleLayout.BlockVectors);

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

    private byte* BlockAt(int block) => _routing + ((long)block * _form!.BlockBytes);

    private EstimateTerms TermsOf(CoarseQuery query, ReadOnlySpan<float> fromOrigin, ReadOnlySpan<float> rotatedOrigin, in TableRounding rounding)
    {
        LeafScale scale = _scales[_leafCount];
        float factor = query.Metric == Metric.Dot ? -1 : -2;
        float start = query.Metric == Metric.Dot
            ? -(DotProduct.Compute(fromOrigin, rotatedOrigin) + Norm.Squared(rotatedOrigin))
            : Norm.Squared(fromOrigin);
        return new EstimateTerms(start, factor * scale.RescaleUnit * rounding.Step, factor * scale.RescaleUnit * rounding.Offset, 0, 0);
    }

    private void Estimate(int block, int count, int* sums, in EstimateTerms terms, float* estimates, SearchScratch scratch) => EstimatePass.Run(
        sums,
        BlockAt(block) + _form!.BlockCodeBytes,
        _form.BlockBytes,
        count,
        terms,
        float.MaxValue,
        float.MaxValue,
        estimates + (block * NibbleLayout.BlockVectors),
        scratch.Masks);
}
