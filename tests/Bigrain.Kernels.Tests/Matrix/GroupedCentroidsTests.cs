using Bigrain.Kernels.Matrix;

namespace Bigrain.Kernels.Tests.Matrix;

public class GroupedCentroidsTests
{
    [Theory]
    [InlineData(500, 24)]
    [InlineData(2_100, 8)]
    public void Nearly_all_vectors_get_their_nearest_centroid(int count, int dimension)
    {
        const int vectors = 9_000;
        var x = Samples.Clustered(vectors, dimension, 700, 1, 0.2f);
        var centroids = Samples.Clustered(count, dimension, 700, 1, 0.1f);
        using var exact = new CentroidTable(centroids, count, dimension);
        using var grouped = new GroupedCentroids(centroids, count, dimension);
        var (expected, expectedDistances) = (new int[vectors], new float[vectors]);
        var (actual, distances) = (new int[vectors], new float[vectors]);

        exact.Nearest(x, expected, expectedDistances);
        grouped.Nearest(x, actual, distances);

        Assert.InRange(expected.Zip(actual).Count(pair => pair.First == pair.Second), vectors * 0.9, vectors);
        for (var i = 0; i < vectors; i++)
        {
            Assert.InRange(distances[i], expectedDistances[i] - 1e-3f, float.MaxValue);
            Assert.Equal(
                Samples.SquaredL2(x.AsSpan(i * dimension, dimension), centroids.AsSpan(actual[i] * dimension, dimension)),
                distances[i],
                1e-3);
        }
    }

    [Fact]
    public void A_vector_gets_the_same_centroid_alone_and_among_others()
    {
        const int dimension = 12;
        var x = Samples.Gaussian(300 * dimension, 1);
        using var grouped = new GroupedCentroids(Samples.Gaussian(400 * dimension, 2), 400, dimension);
        var together = new int[300];
        var alone = new int[1];

        grouped.Nearest(x, together);

        for (var i = 0; i < together.Length; i++)
        {
            grouped.Nearest(x.AsSpan(i * dimension, dimension), alone);
            Assert.Equal(together[i], alone[0]);
        }
    }

    [Fact]
    public void Few_or_equal_centroids_are_no_trouble()
    {
        using var one = new GroupedCentroids([1f, 2f], 1, 2);
        using var equal = new GroupedCentroids(new float[100 * 2], 100, 2);
        var nearest = new int[3];
        var distances = new float[3];

        one.Nearest([0f, 0f, 5f, 5f, 1f, 2f], nearest, distances);
        Assert.Equal([0, 0, 0], nearest);
        Assert.Equal([5f, 25f, 0f], distances);
        equal.Nearest([0f, 0f, 3f, 4f, 0f, 1f], nearest, distances);
        Assert.Equal([0, 0, 0], nearest);
        Assert.Equal([0f, 25f, 1f], distances);
        equal.Nearest([], []);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new GroupedCentroids(new float[5], 3, 2));
        using var grouped = new GroupedCentroids(new float[6], 3, 2);
        Assert.Throws<ArgumentException>(() => grouped.Nearest(new float[5], new int[2]));
        Assert.Throws<ArgumentException>(() => grouped.Nearest(new float[4], new int[2], new float[1]));
    }
}
