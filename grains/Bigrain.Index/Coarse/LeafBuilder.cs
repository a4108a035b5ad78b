using Bigrain.Index.Schema;
using Bigrain.Kernels.Matrix;
using Bigrain.Kernels.Rotation;

namespace Bigrain.Index.Coarse;

/// <summary>Groups the rows of a segment into leaves.</summary>
public static class LeafBuilder
{
    /// <summary>Fewest training rows that a centroid is worth.</summary>
    private const int FewestTrainingRows = 8;

    /// <summary>Trains centroids on a sample and assigns every row to its nearest one.</summary>
    /// <param name="rows">Rows in any order.</param>
    /// <param name="metric">How vectors compare; cosine rows are normalised first.</param>
    /// <param name="options">Settings.</param>
    /// <param name="seed">Seed of every random choice: same rows and seed, same layout.</param>
    /// <param name="cancellationToken">Looked at once per block of rows.</param>
    /// <returns>The layout: rows sorted by leaf, then by row; no leaf for no rows.</returns>
    public static LeafLayout Build(IVectorSource rows, Metric metric, CoarseOptions options, ulong seed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        int dimension = rows.Dimension;
        if (rows.Count == 0)
        {
            return new LeafLayout([], [0], [], dimension);
        }

        float[] sample = Sample(rows, metric, options, seed);
        int sampleCount = sample.Length / dimension;
        int leafCount = rows.Count < Math.Max(options.FlatBelow, 2 * options.LeafSize)
            ? 1
            : Math.Clamp(rows.Count / options.LeafSize, 1, Math.Max(1, sampleCount / FewestTrainingRows));
        float[] centroids = KMeans.Train(
            sample,
            dimension,
            leafCount,
            new KMeansOptions { Seed = seed, Iterations = options.TrainingPasses, RowsPerCentroid = Math.Max(1, sampleCount) },
            cancellationToken);

        var leafOfRow = new int[rows.Count];
        var radii = new float[leafCount];
        var distances = new float[Math.Min(rows.Count, RowBlock.Capacity(rows, options.BuildBlockBytes))];
        using var table = new CentroidTable(centroids, leafCount, dimension, CentroidRanking.SquaredL2);
        ProbeSample? probe = leafCount > 1 && options.ProbeSampleCount > 0 ? new ProbeSample(rows, metric, options, seed) : null;
        using (probe)
        {
            foreach (RowBlock block in RowBlock.Of(rows, metric, options.BuildBlockBytes))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Span<int> leaves = leafOfRow.AsSpan(block.FirstRow, block.Count);
                Span<float> squared = distances.AsSpan(0, block.Count);
                table.Nearest(block.Rows.Span, leaves, squared);
                for (int i = 0; i < leaves.Length; i++)
                {
                    radii[leaves[i]] = Math.Max(radii[leaves[i]], MathF.Sqrt(Math.Max(0, squared[i])));
                }

                probe?.Offer(block);
            }

            return Sort(leafOfRow, centroids, dimension, probe?.Measure(centroids, radii, leafOfRow, options.ProbeTarget) ?? 0);
        }
    }

    internal static LeafLayout Sort(int[] leafOfRow, float[] centroids, int dimension, float probeReach)
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

        return new LeafLayout(rowOfSlot, starts, centroids, dimension) { ProbeReach = probeReach };
    }

    /// <summary>One row at a random place of each of as many equal stretches as rows are wanted.</summary>
    internal static int[] SampleRows(int count, int wanted, ulong seed)
    {
        wanted = Math.Min(wanted, count);
        var rows = new int[wanted];
        for (int i = 0; i < wanted; i++)
        {
            double place = (i + SplitMix64.Unit(seed, (ulong)i)) * count / wanted;
            rows[i] = Math.Min(count - 1, (int)place);
        }

        return rows;
    }

    internal static float[] Read(IVectorSource source, Metric metric, int[] rows)
    {
        int dimension = source.Dimension;
        var values = new float[rows.Length * dimension];
        for (int i = 0; i < rows.Length; i++)
        {
            Span<float> row = values.AsSpan(i * dimension, dimension);
            source.Read(rows[i], 1, row);
            if (metric == Metric.Cosine)
            {
                RankDistance.Normalise(row);
            }
        }

        return values;
    }

    private static float[] Sample(IVectorSource rows, Metric metric, CoarseOptions options, ulong seed)
    {
        long byMemory = options.TrainingBytes / (rows.Dimension * sizeof(float));
        long byLeaves = Math.Max(1_024, (long)rows.Count / options.LeafSize * options.TrainingRowsPerLeaf);
        int wanted = (int)Math.Min(rows.Count, Math.Max(1, Math.Min(byMemory, byLeaves)));
        return Read(rows, metric, SampleRows(rows.Count, wanted, seed));
    }
}
