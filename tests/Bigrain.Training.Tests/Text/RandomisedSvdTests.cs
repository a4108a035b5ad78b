using Bigrain.Training.Numerics;
using Bigrain.Training.Text;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Bigrain.Training.Tests.Text;

public sealed class RandomisedSvdTests
{
    [Fact]
    public void Leading_values_and_vectors_are_those_of_the_dense_decomposition()
    {
        (SparseRows sparse, DenseMatrix dense) = Sample(rows: 120, columns: 80, seed: 7);
        (double[] values, double[] vectors) = RandomisedSvd.Compute(sparse, count: 10, seed: 3, rounds: 12);

        var exact = dense.Svd();
        for (int k = 0; k < 10; k++)
        {
            Assert.Equal(exact.S[k], values[k], exact.S[0] * 1e-6);
            double cosine = 0;
            for (int i = 0; i < 80; i++)
            {
                cosine += vectors[(i * 10) + k] * exact.VT[k, i];
            }

            Assert.True(Math.Abs(cosine) > 0.9999, $"vector {k}: cosine {cosine}");
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        (SparseRows sparse, _) = Sample(rows: 200, columns: 60, seed: 1);
        Assert.Equal(RandomisedSvd.Compute(sparse, 8, 5).Vectors, RandomisedSvd.Compute(sparse, 8, 5).Vectors);
        Assert.NotEqual(RandomisedSvd.Compute(sparse, 8, 5).Vectors, RandomisedSvd.Compute(sparse, 8, 6).Vectors);
    }

    [Fact]
    public void What_a_matrix_lacks_is_zero()
    {
        // Rank 2, four wanted.
        var sparse = new SparseRows([0, 1, 2, 3], [0, 2, 0], [3, 2, 4], 5);
        (double[] values, double[] vectors) = RandomisedSvd.Compute(sparse, 4, seed: 1);
        Assert.Equal(5, values[0], 1e-9);
        Assert.Equal(2, values[1], 1e-9);
        Assert.Equal(0, values[2], 1e-6);
        Assert.Equal(0, values[3], 1e-6);
        Assert.Equal(1, vectors[0], 1e-9);
        Assert.All(vectors, static value => Assert.True(double.IsFinite(value)));
    }

    private static (SparseRows Sparse, DenseMatrix Dense) Sample(int rows, int columns, ulong seed)
    {
        var random = new SeededRandom(seed);
        var dense = new DenseMatrix(rows, columns);
        List<int> starts = [0];
        List<int> places = [];
        List<float> values = [];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                if (random.Unit() < 0.2)
                {
                    // Columns fade, so that the leading ones stand apart.
                    float value = (float)(random.Gaussian() * Math.Pow(0.9, j));
                    dense[i, j] = value;
                    places.Add(j);
                    values.Add(value);
                }
            }

            starts.Add(places.Count);
        }

        return (new SparseRows([.. starts], [.. places], [.. values], columns), dense);
    }
}
