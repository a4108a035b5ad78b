namespace Bigrain.Kernels.Tests;

/// <summary>Seeded inputs.</summary>
internal static class Samples
{
    /// <summary>Dimensions at which every kernel is held against its reference, odd tails included.</summary>
    public static TheoryData<int> Dimensions =>
        [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 128, 129, 384, 784, 1_000, 3_072, 4_096, 16_384];

    public static float[] Gaussian(int length, int seed, float deviation = 1f)
    {
        var random = new Random(seed);
        var values = new float[length];
        for (var i = 0; i < length; i++)
        {
            values[i] = deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
                * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    /// <summary>Points around <paramref name="centers"/> far-apart centres, row i around centre i modulo their number.</summary>
    public static float[] Clustered(int count, int dimension, int centers, int seed, float deviation = 0.1f)
    {
        var middles = Gaussian(centers * dimension, seed);
        var rows = Gaussian(count * dimension, seed + 1, deviation);
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] += middles[(i / dimension % centers * dimension) + (i % dimension)];
        }

        return rows;
    }

    public static double SquaredL2(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (var i = 0; i < x.Length; i++)
        {
            sum += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        }

        return sum;
    }

    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (var i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }

    /// <summary>What rounding may add: 1e-5 of the sum of magnitudes.</summary>
    public static double Tolerance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (var i = 0; i < x.Length; i++)
        {
            sum += Math.Abs((double)x[i] * y[i]) + ((double)x[i] * x[i]) + ((double)y[i] * y[i]);
        }

        return (1e-5 * sum) + 1e-30;
    }
}
