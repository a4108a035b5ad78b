using System.IO.Hashing;
using System.Runtime.InteropServices;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Rotation;

namespace Bigrain.Kernels.Tests.Rotation;

public unsafe class StructuredRotationTests
{
    public static TheoryData<int> Dimensions => Samples.Dimensions;

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void Lengths_and_inner_products_are_kept(int dimension)
    {
        var rotation = new StructuredRotation(dimension, 42);
        var x = Samples.Gaussian(dimension, 1);
        var y = Samples.Gaussian(dimension, 2);
        var (rx, ry) = (new float[dimension], new float[dimension]);

        rotation.Apply(x, rx);
        rotation.Apply(y, ry);

        Assert.Equal(Samples.Dot(x, x), Samples.Dot(rx, rx), 1e-5 * Samples.Dot(x, x));
        Assert.Equal(Samples.Dot(x, y), Samples.Dot(rx, ry), Samples.Tolerance(x, y));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(129)]
    [InlineData(257)]
    public void The_images_of_the_axes_are_orthonormal(int dimension)
    {
        var rotation = new StructuredRotation(dimension, 7);
        var images = new float[dimension * dimension];
        for (var i = 0; i < dimension; i++)
        {
            images[(i * dimension) + i] = 1f;
        }

        rotation.ApplyMany(images, images);

        for (var i = 0; i < dimension; i++)
        {
            for (var j = 0; j < dimension; j++)
            {
                var product = Samples.Dot(
                    images.AsSpan(i * dimension, dimension), images.AsSpan(j * dimension, dimension));
                Assert.Equal(i == j ? 1.0 : 0.0, product, 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(128)]
    [InlineData(784)]
    [InlineData(1_000)]
    [InlineData(1_023)]
    public void One_hot_vectors_spread_over_all_dimensions(int dimension)
    {
        var rotation = new StructuredRotation(dimension, 11);
        for (var axis = 0; axis < dimension; axis += 13)
        {
            var x = new float[dimension];
            x[axis] = 1f;
            rotation.Apply(x, x);

            // Even spreading puts 1 / sqrt(d) everywhere; a random rotation stays under about 5 of that.
            Assert.InRange(Array.ConvertAll(x, MathF.Abs).Max(), 0f, 7f / MathF.Sqrt(dimension));
            Assert.InRange(x.Count(v => v == 0f), 0, dimension * 3 / 5);
        }
    }

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void The_same_seed_gives_the_same_bits_as_the_definition(int dimension)
    {
        var x = Samples.Gaussian(dimension, 3);
        var result = new float[dimension];

        new StructuredRotation(dimension, 0xFEEDUL, 3).Apply(x, result);

        Assert.Equal(Plain(x, 0xFEEDUL, 3), result);
    }

    [Fact]
    public void The_stored_sequence_never_changes()
    {
        var x = new float[784];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (i % 17) - 8;
        }

        new StructuredRotation(784, 20_260_101).Apply(x, x);

        Assert.Equal(GoldenHash, XxHash3.HashToUInt64(MemoryMarshal.AsBytes<float>(x)));
    }

    [Fact]
    public void Another_seed_gives_another_rotation_and_no_rounds_none()
    {
        var x = Samples.Gaussian(100, 4);
        var (a, b, c) = (new float[100], new float[100], new float[100]);

        new StructuredRotation(100, 1).Apply(x, a);
        new StructuredRotation(100, 2).Apply(x, b);
        new StructuredRotation(100, 2, rounds: 0).Apply(x, c);

        Assert.True(SquaredL2.Compute(a, b) > 1f);
        Assert.Equal(x, c);
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        var rotation = new StructuredRotation(10, 1);

        Assert.Throws<ArgumentException>(() => rotation.Apply(new float[9], new float[10]));
        Assert.Throws<ArgumentException>(() => rotation.ApplyMany(new float[15], new float[15]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StructuredRotation(0, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(512)]
    [InlineData(16_384)]
    public void The_fast_transform_equals_the_plain_one_bit_for_bit(int length)
    {
        var fast = Samples.Gaussian(length, 5);
        var plain = (float[])fast.Clone();
        fixed (float* f = fast, p = plain)
        {
            FastHadamard.Transform(f, length, 0.5f);
            FastHadamard.Scalar(p, length, 0.5f);
        }

        Assert.Equal(plain, fast);
    }

    private const ulong GoldenHash = 919_059_955_728_924_223;

    /// <summary>The rotation as its documentation defines it.</summary>
    private static float[] Plain(float[] source, ulong seed, int rounds)
    {
        var d = source.Length;
        var x = (float[])source.Clone();
        var block = 1;
        while (block * 2 <= d)
        {
            block *= 2;
        }

        var words = (d + 63) / 64;
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < d; i++)
            {
                var z = unchecked(seed + ((ulong)((round * words) + (i / 64) + 1) * 0x9E3779B97F4A7C15));
                z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
                z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
                z ^= z >> 31;
                x[i] = ((z >> (i % 64)) & 1) == 1 ? -x[i] : x[i];
            }

            Hadamard(x.AsSpan(0, block));
            if (block < d)
            {
                Hadamard(x.AsSpan(d - block));
                var half = d / 2;
                for (var i = 0; i < half; i++)
                {
                    var (a, b) = (x[i], x[i + d - half]);
                    x[i] = (a + b) * 0.70710678f;
                    x[i + d - half] = (a - b) * 0.70710678f;
                }
            }
        }

        return x;
    }

    private static void Hadamard(Span<float> x)
    {
        for (var distance = 1; distance < x.Length; distance *= 2)
        {
            for (var i = 0; i < x.Length; i++)
            {
                if ((i & distance) == 0)
                {
                    var (a, b) = (x[i], x[i + distance]);
                    x[i] = a + b;
                    x[i + distance] = a - b;
                }
            }
        }

        var scale = (float)(1 / Math.Sqrt(x.Length));
        foreach (ref var value in x)
        {
            value *= scale;
        }
    }
}
