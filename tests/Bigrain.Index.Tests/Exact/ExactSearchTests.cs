using Bigrain.Index.Exact;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Exact;

public sealed class ExactSearchTests
{
    private const int Seed = 20261122;

    [Theory]
    [InlineData(Metric.L2, 1)]
    [InlineData(Metric.L2, 33)]
    [InlineData(Metric.Dot, 33)]
    [InlineData(Metric.Cosine, 33)]
    public void Neighbours_equal_a_sort_of_all_distances(Metric metric, int dimension)
    {
        Random random = new(Seed);
        float[] rows = Numbers(random, 700 * dimension);
        float[] queries = Numbers(random, 9 * dimension);
        using ExactSearch search = new(metric, queries, dimension, k: 12);
        search.Add(rows.AsSpan(0, 300 * dimension).ToArray(), firstRow: 1_000);
        search.Add(rows.AsSpan(300 * dimension).ToArray(), firstRow: 1_300);

        for (int query = 0; query < 9; query++)
        {
            (double Distance, int Row)[] all = [.. Enumerable.Range(0, 700).Select(row =>
                (Distance(metric, Row(query), rows.AsSpan(row * dimension, dimension)), row + 1_000))];
            Array.Sort(all);
            (float Distance, int Row)[] nearest = search.Nearest(query);
            Assert.Equal(12, nearest.Length);
            for (int rank = 0; rank < nearest.Length; rank++)
            {
                Assert.Equal(all[rank].Distance, nearest[rank].Distance, 1e-4);
                int found = nearest[rank].Row - 1_000;
                Assert.Equal(all[rank].Distance, Distance(metric, Row(query), rows.AsSpan(found * dimension, dimension)), 1e-4);
            }
        }

        ReadOnlySpan<float> Row(int query) => queries.AsSpan(query * dimension, dimension);
    }

    [Fact]
    public void Equal_distances_are_ordered_by_row()
    {
        using ExactSearch search = new(Metric.L2, [0f, 0f], dimension: 2, k: 3);
        search.Add(new float[] { 1, 0, 0, 1, -1, 0, 0, -1, 5, 5 }, firstRow: 0);
        Assert.Equal([0, 1, 2], search.Nearest(0).Select(row => row.Row));
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];

    private static double Distance(Metric metric, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double dot = 0, squared = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            dot += (double)x[i] * y[i];
            squared += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
            xx += (double)x[i] * x[i];
            yy += (double)y[i] * y[i];
        }

        return metric switch
        {
            Metric.L2 => squared,
            Metric.Dot => -dot,
            _ => -dot / Math.Sqrt(xx * yy),
        };
    }
}
