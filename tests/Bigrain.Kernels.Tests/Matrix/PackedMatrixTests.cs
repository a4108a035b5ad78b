using Bigrain.Kernels.Matrix;

namespace Bigrain.Kernels.Tests.Matrix;

public class PackedMatrixTests
{
    public static TheoryData<int> Dimensions => Samples.Dimensions;

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void Products_equal_the_plain_sums(int dimension)
    {
        AssertProducts(13, 33, dimension);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 100)]
    [InlineData(5, 31)]
    [InlineData(11, 32)]
    [InlineData(12, 33)]
    [InlineData(25, 64)]
    [InlineData(200, 7)]
    public void Any_number_of_rows_works(int vectors, int rows) => AssertProducts(vectors, rows, 20);

    [Fact]
    public void More_vectors_than_a_block_work() => AssertProducts(1_500, 3, 100);

    [Fact]
    public void A_product_does_not_depend_on_its_neighbours()
    {
        const int dimension = 100;
        var x = Samples.Gaussian(50 * dimension, 1);
        var y = Samples.Gaussian(70 * dimension, 2);
        using var matrix = new PackedMatrix(y, 70, dimension);
        var all = new float[50 * 70];
        var one = new float[70];

        matrix.InnerProducts(x, all);

        for (var i = 0; i < 50; i++)
        {
            matrix.InnerProducts(x.AsSpan(i * dimension, dimension), one);
            Assert.Equal(all[(i * 70)..((i + 1) * 70)], one);
        }
    }

    [Fact]
    public void NaN_stays_in_its_own_line()
    {
        const int dimension = 20;
        var x = Samples.Gaussian(14 * dimension, 1);
        x[(5 * dimension) + 3] = float.NaN;
        var products = new float[14 * 9];
        using var matrix = new PackedMatrix(Samples.Gaussian(9 * dimension, 2), 9, dimension);

        matrix.InnerProducts(x, products);

        for (var i = 0; i < products.Length; i++)
        {
            Assert.Equal(i / 9 == 5, float.IsNaN(products[i]));
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new PackedMatrix(new float[11], 3, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PackedMatrix([], 0, 0));
        using var matrix = new PackedMatrix(new float[12], 3, 4);
        Assert.Throws<ArgumentException>(() => matrix.InnerProducts(new float[7], new float[6]));
        Assert.Throws<ArgumentException>(() => matrix.InnerProducts(new float[8], new float[5]));
        Assert.Throws<ArgumentException>(() => matrix.InnerProductsOfOne(new float[8], new float[3]));
        using var empty = new PackedMatrix([], 0, 4);
        empty.InnerProducts(new float[8], []);
    }

    private static void AssertProducts(int vectors, int rows, int dimension)
    {
        var x = Samples.Gaussian(vectors * dimension, 3);
        var y = Samples.Gaussian(rows * dimension, 4);
        var products = new float[vectors * rows];
        var one = new float[rows];
        using var matrix = new PackedMatrix(y, rows, dimension);

        matrix.InnerProducts(x, products);
        matrix.InnerProductsOfOne(x.AsSpan(0, dimension), one);

        for (var i = 0; i < vectors; i++)
        {
            var left = x.AsSpan(i * dimension, dimension);
            for (var j = 0; j < rows; j++)
            {
                var right = y.AsSpan(j * dimension, dimension);
                var (expected, tolerance) = (Samples.Dot(left, right), Samples.Tolerance(left, right));
                Assert.Equal(expected, products[(i * rows) + j], tolerance);
                if (i == 0)
                {
                    Assert.Equal(expected, one[j], tolerance);
                }
            }
        }
    }
}
