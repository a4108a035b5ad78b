using Bigrain.Index.Schema;

namespace Bigrain.Index.Coarse;

/// <summary>Groups the rows of a segment into leaves.</summary>
public static class LeafBuilder
{
    /// <summary>Trains centroids on a sample and assigns every row to its nearest one.</summary>
    /// <param name="rows">Rows in any order.</param>
    /// <param name="metric">How vectors compare; cosine rows are normalised first.</param>
    /// <param name="options">Settings.</param>
    /// <param name="seed">Seed of every random choice: same rows and seed, same layout.</param>
    /// <param name="cancellationToken">Looked at once per block of rows.</param>
    /// <returns>The layout: rows sorted by leaf, then by row.</returns>
    public static LeafLayout Build(IVectorSource rows, Metric metric, CoarseOptions options, ulong seed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        float[] centroids = Mean(rows, metric, options, cancellationToken);
        var leafOfRow = new int[rows.Count];
        return Sort(leafOfRow, centroids, rows.Dimension);
    }

    internal static LeafLayout Sort(int[] leafOfRow, float[] centroids, int dimension)
    {
        int leafCount = centroids.Length / dimension;
        var starts = new int[leafCount + 1];
        foreach (int leaf in leafOfRow)
        {
            starts[leaf + 1]++;
        }

        for (int leaf = 0; leaf < leafCount; leaf++)
        {
            starts[leaf + 1] += starts[leaf];
        }

        int[] next = starts.AsSpan(0, leafCount).ToArray();
        var rowOfSlot = new int[leafOfRow.Length];
        for (int row = 0; row < leafOfRow.Length; row++)
        {
            rowOfSlot[next[leafOfRow[row]]++] = row;
        }

        return new LeafLayout(rowOfSlot, starts, centroids, dimension);
    }

    private static float[] Mean(IVectorSource rows, Metric metric, CoarseOptions options, CancellationToken cancellationToken)
    {
        int dimension = rows.Dimension;
        var sum = new double[dimension];
        foreach (RowBlock block in RowBlock.Of(rows, metric, options.BuildBlockBytes))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<float> values = block.Rows.Span;
            for (int i = 0; i < block.Count; i++)
            {
                for (int j = 0; j < dimension; j++)
                {
                    sum[j] += values[(i * dimension) + j];
                }
            }
        }

        return Array.ConvertAll(sum, value => (float)(value / Math.Max(1, rows.Count)));
    }
}
