using Bigrain.Kernels.Distances;
using Bigrain.Kernels.RaBitQ;
using Bigrain.Kernels.Rotation;
using Bigrain.Kernels.Scan;

namespace Bigrain.Kernels.Tests.RaBitQ;

public sealed class RaBitQTests
{
    public static TheoryData<int, int> Shapes => new(
        from dimension in new[] { 1, 3, 100, 128, 784, 3_072 }
        from bits in new[] { 1, 2, 3, 4 }
        select (dimension, bits));

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Table_sums_are_inner_products_within_the_rounding_error(int dimension, int bits)
    {
        var planes = new RaBitQPlanes(dimension, bits);
        var encoder = new RaBitQEncoder(planes);
        float[] query = Gaussian(dimension, 1);
        var table = new byte[planes.BlockBytes];
        TableRounding rounding = RaBitQTableBuilder.Build(query, planes, table);
        Assert.All(table, entry => Assert.InRange(entry, 0, NibbleLayout.MaxEntry));
        var block = new byte[planes.BlockBytes];
        int outside = 0;
        for (int vector = 0; vector < 32; vector++)
        {
            encoder.Encode(Gaussian(dimension, 100 + vector), block, vector);
            int sum = 0;
            for (int subcode = 0; subcode < planes.ChunkCount * 4; subcode++)
            {
                sum += table[(subcode * 16) + NibbleLayout.Get(block, vector, subcode)];
            }

            float product = DotProduct.Compute(encoder.Values, query);
            float error = MathF.Abs(product - ((sum * rounding.Step) + rounding.Offset));
            Assert.True(error <= planes.ChunkCount * 4 * rounding.Step, $"error {error} at step {rounding.Step}");
            outside += error > rounding.Error ? 1 : 0;
        }

        Assert.InRange(outside, 0, 2);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Estimates_are_unbiased_and_stay_within_their_spread(int dimension, int bits)
    {
        // Another rotation for each vector: the bound speaks of random rotations.
        const int Count = 400;
        var planes = new RaBitQPlanes(dimension, bits);
        var encoder = new RaBitQEncoder(planes);
        float[] query = Gaussian(dimension, 1);
        float length = Norm.Euclidean(query);
        var rotated = new float[dimension];
        var rotatedQuery = new float[dimension];
        double sum = 0;
        int outside = 0;
        for (int i = 0; i < Count; i++)
        {
            float[] vector = Gaussian(dimension, 1_000 + i);
            var rotation = new StructuredRotation(dimension, (ulong)i);
            rotation.Apply(vector, rotated);
            rotation.Apply(query, rotatedQuery);
            CodeFactors coded = encoder.Encode(rotated, new byte[planes.BlockBytes], 0);
            float error = (coded.Rescale * DotProduct.Compute(encoder.Values, rotatedQuery)) - DotProduct.Compute(vector, query);
            sum += error / length;
            outside += MathF.Abs(error) > 1.9f * coded.Spread * length + (1e-4f * length) ? 1 : 0;
        }

        // 1.9 standard deviations leave 6 percent of Gaussian errors outside, and more where few dimensions are mixed.
        Assert.InRange(outside, 0, Count * (dimension < 64 ? 30 : 12) / 100);
        if (dimension >= 64)
        {
            Assert.InRange(Math.Abs(sum / Count), 0, 0.2);
        }
    }

    [Fact]
    public void More_bits_are_more_exact()
    {
        double[] spreads = [.. Enumerable.Range(1, 4).Select(bits =>
        {
            var encoder = new RaBitQEncoder(new RaBitQPlanes(256, bits));
            return Enumerable.Range(0, 50).Average(i =>
            {
                CodeFactors coded = encoder.Encode(Gaussian(256, i), new byte[16_384], 0);
                return (double)coded.Spread / coded.Length;
            });
        })];
        Assert.True(spreads[1] < 0.55 * spreads[0], string.Join(", ", spreads));
        Assert.True(spreads[2] < 0.6 * spreads[1], string.Join(", ", spreads));
        Assert.True(spreads[3] < 0.6 * spreads[2], string.Join(", ", spreads));
    }

    [Fact]
    public void A_zero_vector_has_zero_factors()
    {
        var encoder = new RaBitQEncoder(new RaBitQPlanes(10, 2));
        Assert.Equal(default, encoder.Encode(new float[10], new byte[1_024], 0));
    }

    private static float[] Gaussian(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }
}
