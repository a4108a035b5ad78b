using Bigrain.Cli.Files;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Truth;

/// <summary>Exact neighbours of many queries over a base that streams by: every processor takes its groups of queries and
/// compares each tile of rows while it is in its cache.</summary>
internal sealed class ExactSearch : IDisposable
{
    private const int TileBytes = 128 * 1024;

    private readonly Metric _metric;
    private readonly int _dimension;
    private readonly int _queryCount;
    private readonly QueryGroup[] _groups;
    private readonly int _tileRows;

    /// <summary>Prepares a search.</summary>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="queries">The queries; under cosine they are normalised here.</param>
    /// <param name="k">Neighbours of each.</param>
    public ExactSearch(Metric metric, VectorMatrix queries, int k)
    {
        _metric = metric;
        _dimension = queries.Dimension;
        _queryCount = queries.RowCount;
        VectorMatrix prepared = metric == Metric.Cosine ? Normalized(queries) : queries;
        int share = Math.Clamp((_queryCount + Environment.ProcessorCount - 1) / Environment.ProcessorCount, 1, QueryGroup.MaxQueries);
        _groups = [.. Enumerable.Range(0, (_queryCount + share - 1) / share)
            .Select(group => new QueryGroup(metric, prepared, group * share, Math.Min(share, _queryCount - (group * share)), k))];
        _tileRows = Math.Max(16, TileBytes / (queries.Dimension * sizeof(float)));
    }

    /// <summary>Compares a block of base rows.</summary>
    /// <param name="block">Rows; shape <c>[n, d]</c>. Under cosine they are normalised in place.</param>
    /// <param name="firstRow">Number of the first.</param>
    public void Add(Memory<float> block, int firstRow)
    {
        int rowCount = block.Length / _dimension;
        float[] norms = new float[rowCount];
        Parallel.For(0, rowCount, row =>
        {
            Span<float> vector = block.Span.Slice(row * _dimension, _dimension);
            if (_metric == Metric.Cosine)
            {
                Normalize(vector);
            }

            norms[row] = QueryGroup.Norm(vector);
        });
        Parallel.ForEach(_groups, group =>
        {
            for (int tile = 0; tile < rowCount; tile += _tileRows)
            {
                int rows = Math.Min(_tileRows, rowCount - tile);
                group.Scan(block.Span.Slice(tile * _dimension, rows * _dimension), norms.AsSpan(tile, rows), firstRow + tile);
            }
        });
    }

    /// <summary>The neighbours of all queries over everything that was added.</summary>
    /// <returns>A table; narrower than k only where fewer rows were added.</returns>
    public TruthTable ToTable()
    {
        Neighbors[] neighbors = [.. _groups.SelectMany(static group => group.Neighbors)];
        int k = neighbors.Min(static n => n.Count);
        TruthTable table = new(_queryCount, k);
        for (int query = 0; query < _queryCount; query++)
        {
            (float Distance, int Row)[] sorted = neighbors[query].Sorted();
            for (int rank = 0; rank < k; rank++)
            {
                table.Ids[(query * k) + rank] = sorted[rank].Row;
                table.Distances[(query * k) + rank] = _metric == Metric.L2 ? sorted[rank].Distance : -sorted[rank].Distance;
            }
        }

        return table;
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_groups, static group => group.Dispose());

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
}
