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
}
