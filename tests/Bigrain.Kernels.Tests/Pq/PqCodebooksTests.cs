using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Scan;

namespace Bigrain.Kernels.Tests.Pq;

public sealed class PqCodebooksTests
{
    public static TheoryData<int, int, int> Shapes => new() { { 16, 4, 8 }, { 16, 8, 4 }, { 30, 7, 4 }, { 5, 5, 8 }, { 3, 1, 4 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Codes_name_the_nearest_centroid_of_each_subspace(int dimension, int subspaces, int bits)
    {
        float[] rows = Samples.Gaussian(600 * dimension, 3);
        PqCodebooks codebooks = PqCodebooks.Train(rows, dimension, subspaces, bits, 9, TestContext.Current.CancellationToken);
        var codes = new byte[subspaces];
        var values = new float[dimension];
        for (int row = 0; row < 20; row++)
        {
            ReadOnlySpan<float> vector = rows.AsSpan(row * dimension, dimension);
            CodeFactors factors = codebooks.Encode(vector, codes, values);
            double error = SquaredL2.Compute(vector, values);
            for (int subspace = 0; subspace < subspaces; subspace++)
            {
                int start = dimension * subspace / subspaces;
                int end = dimension * (subspace + 1) / subspaces;
                double own = Squared(vector, codebooks, start, end, codes[subspace]);
                for (int centroid = 0; centroid < codebooks.CentroidCount; centroid++)
                {
                    Assert.True(own <= Squared(vector, codebooks, start, end, centroid) + 1e-5);
                }

                error -= own;
            }

            Assert.Equal(0, error, 1e-3);
            Assert.Equal(Norm.Euclidean(vector), factors.Length, 1e-4f);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Table_sums_are_inner_products_within_the_rounding_error(int dimension, int subspaces, int bits)
    {
        float[] rows = Samples.Gaussian(600 * dimension, 3);
        PqCodebooks codebooks = PqCodebooks.Train(rows, dimension, subspaces, bits, 9, TestContext.Current.CancellationToken);
        float[] query = Samples.Gaussian(dimension, 8);
        int largest = bits == 4 ? NibbleLayout.MaxEntry : byte.MaxValue;
        var table = new byte[subspaces << bits];
        TableRounding rounding = codebooks.FillTable(query, largest, table);
        Assert.All(table, entry => Assert.InRange(entry, 0, largest));
        var codes = new byte[subspaces];
        var values = new float[dimension];
        for (int row = 0; row < 100; row++)
        {
            codebooks.Encode(rows.AsSpan(row * dimension, dimension), codes, values);
            int sum = 0;
            for (int subspace = 0; subspace < subspaces; subspace++)
            {
                sum += table[(subspace << bits) + codes[subspace]];
            }

            float error = MathF.Abs(DotProduct.Compute(values, query) - ((sum * rounding.Step) + rounding.Offset));
            Assert.True(error <= (0.51f * subspaces * rounding.Step) + 1e-5f, $"error {error} at step {rounding.Step}");
        }
    }

    private static double Squared(ReadOnlySpan<float> vector, PqCodebooks codebooks, int start, int end, int centroid)
    {
        double sum = 0;
        for (int i = start; i < end; i++)
        {
            double difference = vector[i] - codebooks.Centroids[(i << codebooks.Bits) + centroid];
            sum += difference * difference;
        }

        return sum;
    }
}
