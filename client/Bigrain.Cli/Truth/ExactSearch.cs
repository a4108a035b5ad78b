using Bigrain.Cli.Files;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;

namespace Bigrain.Cli.Truth;

/// <summary>Exact neighbours of many queries over a base that streams by: every processor takes a share of the queries and
/// scans each block while it is in its cache.</summary>
internal sealed class ExactSearch
{
    private const int TileBytes = 256 * 1024;

    private readonly Metric _metric;
    private readonly VectorMatrix _queries;
    private readonly Neighbors[] _neighbors;
    private readonly int _tileRows;

    /// <summary>Prepares a search.</summary>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="queries">The queries; under cosine they are normalised here.</param>
    /// <param name="k">Neighbours of each.</param>
    public ExactSearch(Metric metric, VectorMatrix queries, int k)
    {
        _metric = metric;
        _queries = metric == Metric.Cosine ? Normalized(queries) : queries;
        _neighbors = new Neighbors[queries.RowCount];
        for (int i = 0; i < _neighbors.Length; i++)
        {
            _neighbors[i] = new Neighbors(k);
        }

        _tileRows = Math.Max(8, TileBytes / (queries.Dimension * sizeof(float)));
    }

    /// <summary>Scans a block of base rows.</summary>
    /// <param name="block">Rows; shape <c>[n, d]</c>. Under cosine they are normalised in place.</param>
    /// <param name="firstRow">Number of the first.</param>
    public void Add(Memory<float> block, int firstRow)
    {
        int dimension = _queries.Dimension;
        int rowCount = block.Length / dimension;
        if (_metric == Metric.Cosine)
        {
            for (int i = 0; i < rowCount; i++)
            {
                Normalize(block.Span.Slice(i * dimension, dimension));
            }
        }

        int shares = Math.Min(Environment.ProcessorCount, _neighbors.Length);
        Parallel.For(0, shares, share =>
        {
            int begin = (int)((long)_neighbors.Length * share / shares);
            int end = (int)((long)_neighbors.Length * (share + 1) / shares);
            float[] scratch = new float[_tileRows];
            for (int tile = 0; tile < rowCount; tile += _tileRows)
            {
                int rows = Math.Min(_tileRows, rowCount - tile);
                ReadOnlySpan<float> tileRows = block.Span.Slice(tile * dimension, rows * dimension);
                for (int query = begin; query < end; query++)
                {
                    Scan(query, tileRows, scratch.AsSpan(0, rows), firstRow + tile);
                }
            }
        });
    }

    /// <summary>The neighbours of all queries over everything that was added.</summary>
    public TruthTable ToTable()
    {
        int k = _neighbors.Length == 0 ? 0 : _neighbors.Min(static n => n.Count);
        TruthTable table = new(_neighbors.Length, k);
        for (int query = 0; query < _neighbors.Length; query++)
        {
            (float Distance, int Row)[] sorted = _neighbors[query].Sorted();
            for (int rank = 0; rank < k; rank++)
            {
                table.Ids[(query * k) + rank] = sorted[rank].Row;
                table.Distances[(query * k) + rank] = _metric == Metric.L2 ? sorted[rank].Distance : -sorted[rank].Distance;
            }
        }

        return table;
    }

    private static VectorMatrix Normalized(VectorMatrix queries)
    {
        float[] values = [.. queries.Values];
        for (int i = 0; i < queries.RowCount; i++)
        {
            Normalize(values.AsSpan(i * queries.Dimension, queries.Dimension));
        }

        return queries with { Values = values };
    }

    private static void Normalize(Span<float> vector)
    {
        double sum = 0;
        foreach (float element in vector)
        {
            sum += (double)element * element;
        }

        double scale = sum > 0 ? 1 / Math.Sqrt(sum) : 0;
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = (float)(vector[i] * scale);
        }
    }

    private void Scan(int query, ReadOnlySpan<float> rows, Span<float> scratch, int firstRow)
    {
        Neighbors neighbors = _neighbors[query];
        if (_metric == Metric.L2)
        {
            SquaredL2.ScanMany(_queries.Row(query), rows, scratch);
        }
        else
        {
            DotProduct.ScanMany(_queries.Row(query), rows, scratch);
            for (int i = 0; i < scratch.Length; i++)
            {
                scratch[i] = -scratch[i];
            }
        }

        for (int i = 0; i < scratch.Length; i++)
        {
            if (scratch[i] <= neighbors.Threshold)
            {
                neighbors.Offer(scratch[i], firstRow + i);
            }
        }
    }
}
