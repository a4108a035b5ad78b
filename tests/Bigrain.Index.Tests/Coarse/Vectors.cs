using Bigrain.Index.Coarse;

namespace Bigrain.Index.Tests.Coarse;

/// <summary>Seeded vectors and plain search over them.</summary>
internal static class Vectors
{
    public static float[] Gaussian(int count, int dimension, ulong seed)
    {
        var random = new Random((int)seed);
        var values = new float[count * dimension];
        for (int i = 0; i < values.Length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    public static int[] Nearest(float[] rows, int dimension, CoarseQuery query, int k)
    {
        int count = rows.Length / dimension;
        var distances = new float[count];
        for (int row = 0; row < count; row++)
        {
            float[] vector = rows[(row * dimension)..((row + 1) * dimension)];
            if (query.Metric == Bigrain.Index.Schema.Metric.Cosine)
            {
                RankDistance.Normalise(vector);
            }

            distances[row] = RankDistance.Compute(query.Metric, query.Vector, vector);
        }

        return [.. Enumerable.Range(0, count).OrderBy(row => distances[row]).Take(k)];
    }

    /// <summary>Clusters of low rank around centres of low rank, as embeddings tend to be; queries from the same mixture.</summary>
    public static (float[] Rows, float[] Queries) Clustered(int count, int queryCount, int dimension, int clusters, ulong seed)
    {
        const int Rank = 20;
        float[] basis = Gaussian(48, dimension, seed);
        float[] weights = Gaussian(clusters, 48, seed + 1);
        float[] local = Gaussian(16 * Rank, dimension, seed + 2);
        float[] coefficients = Gaussian(count + queryCount, Rank, seed + 3);
        var random = new Random((int)seed + 4);
        var centres = new float[clusters * dimension];
        for (int cluster = 0; cluster < clusters; cluster++)
        {
            for (int j = 0; j < 48; j++)
            {
                float weight = weights[(cluster * 48) + j] / MathF.Sqrt(1 + j);
                for (int i = 0; i < dimension; i++)
                {
                    centres[(cluster * dimension) + i] += weight * basis[(j * dimension) + i];
                }
            }
        }

        var values = new float[(count + queryCount) * dimension];
        for (int row = 0; row < count + queryCount; row++)
        {
            int cluster = (int)(clusters * Math.Pow(random.NextDouble(), 2));
            Span<float> value = values.AsSpan(row * dimension, dimension);
            centres.AsSpan(cluster * dimension, dimension).CopyTo(value);
            for (int j = 0; j < Rank; j++)
            {
                float weight = 0.3f * coefficients[(row * Rank) + j];
                ReadOnlySpan<float> direction = local.AsSpan(((cluster % 16 * Rank) + j) * dimension, dimension);
                for (int i = 0; i < dimension; i++)
                {
                    value[i] += weight * direction[i];
                }
            }
        }

        return (values[..(count * dimension)], values[(count * dimension)..]);
    }

    public static int[][] Truth(float[] rows, float[] queries, int dimension, Bigrain.Index.Schema.Metric metric, int k)
    {
        if (metric == Bigrain.Index.Schema.Metric.Cosine)
        {
            rows = [.. rows];
            for (int i = 0; i < rows.Length; i += dimension)
            {
                RankDistance.Normalise(rows.AsSpan(i, dimension));
            }
        }

        int queryCount = queries.Length / dimension;
        var distances = new float[rows.Length / dimension];
        var truth = new int[queryCount][];
        for (int query = 0; query < queryCount; query++)
        {
            ReadOnlySpan<float> vector = queries.AsSpan(query * dimension, dimension);
            if (metric == Bigrain.Index.Schema.Metric.L2)
            {
                Bigrain.Kernels.Distances.SquaredL2.ScanMany(vector, rows, distances);
            }
            else
            {
                Bigrain.Kernels.Distances.DotProduct.ScanMany(vector, rows, distances);
                for (int i = 0; i < distances.Length; i++)
                {
                    distances[i] = -distances[i];
                }
            }

            var nearest = new Shortlist(k, k);
            for (int i = 0; i < distances.Length; i++)
            {
                nearest.Add(0, i, distances[i], 0);
            }

            nearest.Cut();
            truth[query] = nearest.Slots.ToArray();
        }

        return truth;
    }
}
