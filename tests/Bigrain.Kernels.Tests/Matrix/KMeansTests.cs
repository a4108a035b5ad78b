using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Matrix;

namespace Bigrain.Kernels.Tests.Matrix;

public class KMeansTests
{
    [Fact]
    public void Separate_groups_are_found()
    {
        const int dimension = 16;
        var rows = Samples.Clustered(2_000, dimension, 8, 1, 0.05f);
        // More centroids than groups, as random starts may miss a group.
        var centroids = KMeans.Train(rows, dimension, 24, new KMeansOptions { Seed = 3, Balanced = false }, Token);

        Assert.InRange(MeanSquaredError(rows, centroids, dimension), 0, 0.05 * 0.05 * dimension * 1.05);
    }

    [Theory]
    [InlineData(50, 1_000)]
    [InlineData(200, 20)]
    public void The_number_of_threads_changes_nothing(int count, int twoLevelsFrom)
    {
        const int dimension = 20;
        var rows = Samples.Clustered(9_000, dimension, 100, 5);
        var options = new KMeansOptions { Seed = 9, TwoLevelsFrom = twoLevelsFrom, Iterations = 4 };

        var one = KMeans.Train(rows, dimension, count, options, Token);
        var three = KMeans.Train(rows, dimension, count, options with { Threads = 3 }, Token);
        var otherSeed = KMeans.Train(rows, dimension, count, options with { Seed = 10 }, Token);

        Assert.Equal(one, three);
        Assert.NotEqual(one, otherSeed);
    }

    [Fact]
    public void Two_levels_are_nearly_as_good_as_one()
    {
        const int dimension = 16;
        var rows = Samples.Clustered(20_000, dimension, 300, 7, 0.3f);
        var options = new KMeansOptions { Seed = 1, Balanced = false };

        var flat = KMeans.Train(rows, dimension, 256, options with { TwoLevelsFrom = int.MaxValue }, Token);
        var two = KMeans.Train(rows, dimension, 256, options with { TwoLevelsFrom = 2 }, Token);

        Assert.True(
            MeanSquaredError(rows, two, dimension) < 1.1 * MeanSquaredError(rows, flat, dimension),
            $"{MeanSquaredError(rows, two, dimension)} against {MeanSquaredError(rows, flat, dimension)}");
    }

    [Fact]
    public void Balancing_shortens_the_longest_list()
    {
        // Half of all rows sit in one tight group.
        const int dimension = 8;
        var rows = Samples.Clustered(8_000, dimension, 50, 3);
        for (var i = 0; i < rows.Length; i += 2 * dimension)
        {
            for (var j = 0; j < dimension; j++)
            {
                rows[i + j] = 2f + (0.05f * rows[i + j]);
            }
        }

        var options = new KMeansOptions { Seed = 2, Iterations = 20 };
        var plain = Longest(rows, KMeans.Train(rows, dimension, 64, options with { Balanced = false }, Token), dimension);
        var balanced = Longest(rows, KMeans.Train(rows, dimension, 64, options, Token), dimension);

        Assert.True(balanced < plain, $"{balanced} against {plain}");
        Assert.InRange(balanced, 0, 8_000 / 64 * 3);
    }

    [Fact]
    public void Equal_rows_and_as_many_centroids_as_rows_are_no_trouble()
    {
        var same = new float[100 * 3];
        Array.Fill(same, 0.5f);

        Assert.All(KMeans.Train(same, 3, 10, cancellation: Token), v => Assert.Equal(0.5f, v));
        var rows = Samples.Gaussian(40 * 3, 1);
        Assert.InRange(MeanSquaredError(rows, KMeans.Train(rows, 3, 40, cancellation: Token), 3), 0, 1e-5);
        Assert.Equal(rows[..3], KMeans.Train(rows.AsSpan(0, 3), 3, 1, cancellation: Token));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(4_000)]
    public void A_small_sample_still_trains_every_centroid(long maxSampleBytes)
    {
        var rows = Samples.Clustered(1_000, 4, 10, 1);
        var options = new KMeansOptions { MaxSampleBytes = maxSampleBytes, RowsPerCentroid = 20 };

        var centroids = KMeans.Train(rows, 4, 40, options, Token);

        Assert.Equal(40, centroids.Chunk(4).DistinctBy(c => string.Join(' ', c)).Count());
    }

    [Fact]
    public void Bad_shapes_and_values_are_refused()
    {
        Assert.Throws<ArgumentException>(() => KMeans.Train(new float[10], 3, 1, cancellation: Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => KMeans.Train(new float[9], 3, 4, cancellation: Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => KMeans.Train(new float[9], 3, 0, cancellation: Token));
        Assert.Throws<ArgumentException>(() => KMeans.Train([1f, float.PositiveInfinity], 1, 1, cancellation: Token));
        Assert.Throws<OperationCanceledException>(
            () => KMeans.Train(new float[9], 3, 2, cancellation: new CancellationToken(true)));
    }

    [Fact]
    public void Thousands_of_centroids_are_trained_through_groups_and_leave_no_list_empty()
    {
        const int dimension = 8;
        var rows = Samples.Clustered(30_000, dimension, 900, 11, 0.3f);
        var options = new KMeansOptions { Seed = 4, Iterations = 5 };

        var centroids = KMeans.Train(rows, dimension, 2_100, options, Token);

        Assert.Equal(centroids, KMeans.Train(rows, dimension, 2_100, options with { Threads = 2 }, Token));
        Assert.InRange(Nearest(rows, centroids, dimension).Distinct().Count(), 2_050, 2_100);
        Assert.InRange(Longest(rows, centroids, dimension), 1, 30_000 / 2_100 * 4);
    }

    [Theory]
    [InlineData(new[] { 10, 20, 30 }, 6)]
    [InlineData(new[] { 1, 1, 98 }, 50)]
    [InlineData(new[] { 0, 5, 5 }, 10)]
    [InlineData(new[] { 3, 0, 1000 }, 2)]
    public void Shares_sum_up_and_fit_their_lists(int[] sizes, int count)
    {
        var shares = KMeans.Share(sizes, count);

        Assert.Equal(count, shares.Sum());
        Assert.All(shares.Zip(sizes), p => Assert.InRange(p.First, Math.Min(1, p.Second), p.Second));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static double MeanSquaredError(float[] rows, float[] centroids, int dimension)
    {
        double sum = 0;
        foreach (var list in Nearest(rows, centroids, dimension).Index())
        {
            sum += SquaredL2.Compute(
                rows.AsSpan(list.Index * dimension, dimension), centroids.AsSpan(list.Item * dimension, dimension));
        }

        return sum / (rows.Length / dimension);
    }

    private static int Longest(float[] rows, float[] centroids, int dimension) =>
        Nearest(rows, centroids, dimension).GroupBy(list => list).Max(group => group.Count());

    private static int[] Nearest(float[] rows, float[] centroids, int dimension)
    {
        using var table = new CentroidTable(centroids, centroids.Length / dimension, dimension);
        var nearest = new int[rows.Length / dimension];
        table.Nearest(rows, nearest);
        return nearest;
    }
}
