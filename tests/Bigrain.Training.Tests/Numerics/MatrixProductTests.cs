using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Numerics;

public sealed class MatrixProductTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 33, 5)]
    [InlineData(130, 64, 97)]
    public void Products_equal_the_sums_of_their_definition(int rows, int inner, int columns)
    {
        var random = new SeededRandom(11);
        var a = Random(random, rows, inner);
        var b = Random(random, inner, columns);
        var expected = new double[rows * columns];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                for (var k = 0; k < inner; k++)
                {
                    expected[(i * columns) + j] += (double)a.Values[(i * inner) + k] * b.Values[(k * columns) + j];
                }
            }
        }

        AssertClose(expected, MatrixProduct.Multiply(a, b));
        AssertClose(expected, MatrixProduct.MultiplyTransposed(a, b.Transpose()));
        AssertClose(expected, MatrixProduct.TransposedMultiply(a.Transpose(), b));
    }

    [Fact]
    public void Products_are_the_same_to_the_bit_on_one_thread_and_on_two()
    {
        var random = new SeededRandom(12);
        var a = Random(random, 411, 96);
        var b = Random(random, 200, 96);
        Assert.Equal(MatrixProduct.MultiplyTransposed(a, b, 1).Values, MatrixProduct.MultiplyTransposed(a, b, 2).Values);
    }

    private static Matrix Random(SeededRandom random, int rows, int columns)
    {
        var matrix = new Matrix(rows, columns);
        for (var i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = (float)random.Gaussian();
        }

        return matrix;
    }

    private static void AssertClose(double[] expected, Matrix actual)
    {
        Assert.Equal(expected.Length, actual.Values.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual.Values[i], 1e-4);
        }
    }
}
