using System.Numerics;
using System.Runtime.Intrinsics;
using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Matrix;
using Bigrain.Kernels.Memory;

namespace Bigrain.Index.Benchmarking;

/// <summary>Exact search over all rows: the measure that everything else is compared with, and the truth.</summary>
internal sealed unsafe class FlatScan
{
    private const int Tile = 1_024;
    private const int BatchTile = 256;

    private readonly AlignedBuffer<float> _rows;
    private readonly int _count;
    private readonly int _dimension;
    private readonly Metric _metric;

    public FlatScan(AlignedBuffer<float> rows, int count, int dimension, Metric metric)
    {
        _rows = rows;
        _count = count;
        _dimension = dimension;
        _metric = metric;
    }

    /// <summary>One query; the nearest come back in <paramref name="nearest"/>, exact, unsorted.</summary>
    public void Search(ReadOnlySpan<float> query, Shortlist nearest)
    {
        Span<float> distances = stackalloc float[Tile];
        for (int first = 0; first < _count; first += Tile)
        {
            Span<float> tile = distances[..Math.Min(Tile, _count - first)];
            float* rows = _rows.Pointer + ((nint)first * _dimension);
            if (_metric == Metric.L2)
            {
                SquaredL2.ScanMany(query, rows, (nint)_dimension * sizeof(float), tile);
            }
            else
            {
                DotProduct.ScanMany(query, rows, (nint)_dimension * sizeof(float), tile);
            }

            Take(tile, first, _metric == Metric.L2 ? 1 : -1, nearest);
        }
    }

    /// <summary>Many queries through the blocked product.</summary>
    public void SearchMany(ReadOnlySpan<float> queries, ReadOnlySpan<Shortlist> nearest)
    {
        int queryCount = nearest.Length;
        using var packed = new PackedMatrix(queries, queryCount, _dimension);
        using var products = new AlignedBuffer<float>((nint)BatchTile * queryCount);
        using var limits = new AlignedBuffer<float>(queryCount + 16);
        limits.Span.Fill(float.NegativeInfinity);
        limits.Slice(0, queryCount).Fill(float.PositiveInfinity);
        float factor = _metric == Metric.L2 ? -2 : -1;
        for (int first = 0; first < _count; first += BatchTile)
        {
            int count = Math.Min(BatchTile, _count - first);
            float* rows = _rows.Pointer + ((nint)first * _dimension);
            packed.InnerProducts(rows, _dimension, count, products.Pointer, queryCount);
            for (int i = 0; i < count; i++)
            {
                float squared = _metric == Metric.L2 ? Norm.Squared(new ReadOnlySpan<float>(rows + ((nint)i * _dimension), _dimension)) : 0;
                TakeLine(products.Pointer + ((nint)i * queryCount), limits.Pointer, queryCount, first + i, squared, factor, nearest);
            }
        }
    }

    private static void TakeLine(float* products, float* limits, int queryCount, int row, float squared, float factor, ReadOnlySpan<Shortlist> nearest)
    {
        var add = Vector512.Create(squared);
        var times = Vector512.Create(factor);
        for (int query = 0; query < queryCount; query += 16)
        {
            // The last vector may read into the next line or the padding; limits beyond the queries refuse it.
            ulong mask;
            if (query + 16 <= queryCount)
            {
                var distance = Vector512.MultiplyAddEstimate(Vector512.Load(products + query), times, add);
                mask = Vector512.LessThan(distance, Vector512.Load(limits + query)).ExtractMostSignificantBits();
            }
            else
            {
                mask = (1UL << (queryCount - query)) - 1;
            }

            while (mask != 0)
            {
                int place = query + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
                nearest[place].Add(0, row, (products[place] * factor) + squared, 0);
                limits[place] = nearest[place].Threshold;
            }
        }
    }

    private static void Take(ReadOnlySpan<float> distances, int first, float factor, Shortlist nearest)
    {
        int i = 0;
        fixed (float* values = distances)
        {
            for (; i <= distances.Length - 16; i += 16)
            {
                var scaled = Vector512.Load(values + i) * Vector512.Create(factor);
                ulong mask = Vector512.LessThan(scaled, Vector512.Create(nearest.Threshold)).ExtractMostSignificantBits();
                while (mask != 0)
                {
                    int place = i + BitOperations.TrailingZeroCount(mask);
                    mask &= mask - 1;
                    nearest.Add(0, first + place, values[place] * factor, 0);
                }
            }

            for (; i < distances.Length; i++)
            {
                nearest.Add(0, first + i, values[i] * factor, 0);
            }
        }
    }
}
