using Bigrain.Kernels.Matrix;

namespace Bigrain.Kernels.Tests.Matrix;

public class CentroidTableTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(100, 128)]
    [InlineData(333, 65)]
    [InlineData(40, 784)]
    public void Nearest_centroids_are_those_of_a_plain_search(int count, int dimension)
    {
        const int vectors = 137;
        var centroids = Samples.Gaussian(count * dimension, 1);
        var x = Samples.Gaussian(vectors * dimension, 2);
        using var table = new CentroidTable(centroids, count, dimension);
        var nearest = new int[vectors];
        var distances = new float[vectors];
        table.Nearest(x, nearest, distances);
        var withoutDistances = new int[vectors];
        table.Nearest(x, withoutDistances);
        Assert.Equal(nearest, withoutDistances);

        var perVector = Math.Min(count, 9);
        var many = new int[vectors * perVector];
        var manyDistances = new float[vectors * perVector];
        table.NearestMany(x, perVector, many, manyDistances);
        var one = new int[perVector];
        var oneDistances = new float[perVector];

        for (var i = 0; i < vectors; i++)
        {
            var vector = x.AsSpan(i * dimension, dimension).ToArray();
            var expected = Enumerable.Range(0, count)
                .Select(c => Samples.SquaredL2(vector, centroids.AsSpan(c * dimension, dimension)))
                .Order().Take(perVector).ToArray();
            var tolerance = 1e-4 * dimension;
            Assert.Equal(expected[0], distances[i], tolerance);
            Assert.Equal(expected[0], Distance(vector, nearest[i]), tolerance);
            Assert.Equal(perVector, table.NearestOfOne(vector, one, oneDistances));
            for (var j = 0; j < perVector; j++)
            {
                Assert.Equal(expected[j], manyDistances[(i * perVector) + j], tolerance);
                Assert.Equal(expected[j], Distance(vector, many[(i * perVector) + j]), tolerance);
                Assert.Equal(expected[j], oneDistances[j], tolerance);
                Assert.Equal(expected[j], Distance(vector, one[j]), tolerance);
            }
        }

        double Distance(float[] vector, int centroid) =>
            Samples.SquaredL2(vector, centroids.AsSpan(centroid * dimension, dimension));
    }

    [Fact]
    public void Of_equal_centroids_the_first_is_nearest()
    {
        var centroids = new float[80 * 2];
        Array.Fill(centroids, 1f);
        using var table = new CentroidTable(centroids, 80, 2);
        var nearest = new int[3];
        var ids = new int[4];

        table.Nearest([0f, 0f, 5f, 5f, 1f, 1f], nearest);
        var found = table.NearestOfOne([0f, 0f], ids, new float[4]);

        Assert.Equal([0, 0, 0], nearest);
        Assert.Equal(4, found);
        Assert.Equal([0, 1, 2, 3], ids);
    }

    [Fact]
    public void Inner_product_ranks_by_the_largest_product()
    {
        using var table = new CentroidTable([1f, 0f, 0f, 2f, -9f, 0f], 3, 2, CentroidRanking.InnerProduct);
        var ids = new int[5];
        var distances = new float[5];

        var found = table.NearestOfOne([1f, 1f], ids, distances);

        Assert.Equal(3, found);
        Assert.Equal([1, 0, 2], ids[..3]);
        Assert.Equal([-2f, -1f, 9f], distances[..3]);
    }

    [Fact]
    public void A_vector_with_NaN_belongs_to_centroid_0()
    {
        using var table = new CentroidTable(Samples.Gaussian(60, 1), 20, 3);
        var nearest = new int[2];
        var distances = new float[8];

        table.Nearest([float.NaN, 0, 0, 0, 0, float.NaN], nearest);
        table.NearestMany([float.NaN, 0, 0, 0, 0, 0], 4, new int[8], distances);

        Assert.Equal([0, 0], nearest);
        Assert.All(distances[..4], d => Assert.True(float.IsNaN(d)));
        Assert.All(distances[4..], d => Assert.True(float.IsFinite(d)));
        Assert.Equal(0, table.NearestOfOne([float.NaN, 0, 0], new int[2], new float[2]));
    }

    [Fact]
    public void Centroids_that_are_not_finite_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new CentroidTable([1f, float.NaN], 1, 2));
        Assert.Throws<ArgumentException>(() => new CentroidTable([1f, 1e30f], 1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CentroidTable([], 0, 2));
    }
}
