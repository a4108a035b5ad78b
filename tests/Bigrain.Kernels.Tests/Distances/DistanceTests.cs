using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;

namespace Bigrain.Kernels.Tests.Distances;

public unsafe class DistanceTests
{
    public static TheoryData<int> Dimensions => Samples.Dimensions;

    [Fact]
    public void Nothing_summed_is_zero()
    {
        Assert.Equal(0f, SquaredL2.Compute([], ReadOnlySpan<float>.Empty));
        Assert.Equal(0f, DotProduct.Compute([], ReadOnlySpan<Half>.Empty));
        Assert.Equal(0f, SquaredL2.Compute([], [], 2f));
    }

    [Fact]
    public void Different_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SquaredL2.Compute(new float[3], new float[4]));
        Assert.Throws<ArgumentException>(() => DotProduct.Compute(new float[3], new Half[4]));
        Assert.Throws<ArgumentException>(() => DotProduct.Compute(new float[3], new sbyte[2], 1f));
        Assert.Throws<ArgumentException>(() => SquaredL2.ScanMany(new float[3], new float[10], new float[3]));
        Assert.Throws<ArgumentException>(() => Cosine.Compute(new float[3], new float[4]));
    }

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void Floats_equal_the_plain_sum(int dimension)
    {
        var x = Samples.Gaussian(dimension, 1);
        var y = Samples.Gaussian(dimension, 2);

        Assert.Equal(Samples.SquaredL2(x, y), SquaredL2.Compute(x, y), Samples.Tolerance(x, y));
        Assert.Equal(Samples.Dot(x, y), DotProduct.Compute(x, y), Samples.Tolerance(x, y));
    }

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void Halves_equal_the_plain_sum_of_the_widened_record(int dimension)
    {
        var x = Samples.Gaussian(dimension, 3);
        var halves = Array.ConvertAll(Samples.Gaussian(dimension, 4), v => (Half)v);
        var y = Array.ConvertAll(halves, v => (float)v);

        Assert.Equal(Samples.SquaredL2(x, y), SquaredL2.Compute(x, halves), Samples.Tolerance(x, y));
        Assert.Equal(Samples.Dot(x, y), DotProduct.Compute(x, halves), Samples.Tolerance(x, y));
    }

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void Scaled_bytes_equal_the_plain_sum_of_the_scaled_record(int dimension)
    {
        const float scale = 0.037f;
        var x = Samples.Gaussian(dimension, 5);
        var bytes = Array.ConvertAll(Samples.Gaussian(dimension, 6, 40), v => (sbyte)Math.Clamp(v, -128, 127));
        var y = Array.ConvertAll(bytes, v => v * scale);

        Assert.Equal(Samples.SquaredL2(x, y), SquaredL2.Compute(x, bytes, scale), Samples.Tolerance(x, y));
        Assert.Equal(Samples.Dot(x, y), DotProduct.Compute(x, bytes, scale), Samples.Tolerance(x, y));
    }

    [Fact]
    public void Every_half_is_widened_exactly()
    {
        // One-hot queries of 1 and a record of one value pick that value out of any lane.
        var query = new float[64];
        var record = new Half[64];
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var value = BitConverter.UInt16BitsToHalf((ushort)bits);
            var lane = bits % 64;
            query[lane] = 1f;
            record[lane] = value;

            var result = DotProduct.Compute(query, record);

            Assert.Equal((float)value, result);
            query[lane] = 0f;
            record[lane] = Half.Zero;
        }
    }

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void NaN_in_any_place_gives_NaN(int dimension)
    {
        foreach (var place in new[] { 0, dimension / 2, dimension - 1 })
        {
            var x = Samples.Gaussian(dimension, 7);
            var y = Samples.Gaussian(dimension, 8);
            y[place] = float.NaN;
            var halves = Array.ConvertAll(y, v => (Half)v);

            Assert.True(float.IsNaN(SquaredL2.Compute(x, y)));
            Assert.True(float.IsNaN(SquaredL2.Compute(y, x)));
            Assert.True(float.IsNaN(DotProduct.Compute(x, y)));
            Assert.True(float.IsNaN(Cosine.Compute(x, y)));
            Assert.True(float.IsNaN(DotProduct.Compute(x, halves)));
            Assert.True(float.IsNaN(SquaredL2.Compute(x, halves)));
        }
    }

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void A_scan_gives_the_distances_of_the_single_records(int dimension)
    {
        const int count = 23;
        var query = Samples.Gaussian(dimension, 9);
        var rows = Samples.Gaussian(dimension * count, 10);
        var squared = new float[count];
        var products = new float[count];

        SquaredL2.ScanMany(query, rows, squared);
        DotProduct.ScanMany(query, rows, products);

        for (var i = 0; i < count; i++)
        {
            var row = rows.AsSpan(i * dimension, dimension);
            Assert.Equal(SquaredL2.Compute(query, row), squared[i]);
            Assert.Equal(DotProduct.Compute(query, row), products[i]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(128)]
    [InlineData(784)]
    [InlineData(3_072)]
    public void Records_are_found_by_index_in_odd_strides(int dimension)
    {
        const int count = 57;
        var query = Samples.Gaussian(dimension, 11);
        var values = Samples.Gaussian(dimension * count, 12, 30);
        var bytes = Array.ConvertAll(values, v => (sbyte)Math.Clamp(v, -128, 127));
        var halves = Array.ConvertAll(values, v => (Half)v);
        var indices = new int[40];
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = (i * 31) % count;
        }

        // A record: elements, scale, checksum; so rows stand at odd addresses.
        nint fp32Stride = (dimension * 4) + 4, fp16Stride = (dimension * 2) + 4, int8Stride = dimension + 8;
        using var fp32 = new AlignedBuffer<byte>(fp32Stride * count);
        using var fp16 = new AlignedBuffer<byte>(fp16Stride * count);
        using var int8 = new AlignedBuffer<byte>(int8Stride * count);
        for (var i = 0; i < count; i++)
        {
            values.AsSpan(i * dimension, dimension).CopyTo(new Span<float>(fp32.Pointer + (i * fp32Stride), dimension));
            halves.AsSpan(i * dimension, dimension).CopyTo(new Span<Half>(fp16.Pointer + (i * fp16Stride), dimension));
            bytes.AsSpan(i * dimension, dimension).CopyTo(new Span<sbyte>(int8.Pointer + (i * int8Stride), dimension));
            BitConverter.TryWriteBytes(int8.Slice((i * int8Stride) + dimension, 4), 0.25f + i);
        }

        var distances = new float[indices.Length];
        SquaredL2.ScanIndexed(query, (float*)fp32.Pointer, fp32Stride, indices, distances);
        AssertAll(i => SquaredL2.Compute(query, values.AsSpan(indices[i] * dimension, dimension)));
        DotProduct.ScanIndexed(query, (Half*)fp16.Pointer, fp16Stride, indices, distances);
        AssertAll(i => DotProduct.Compute(query, halves.AsSpan(indices[i] * dimension, dimension)));
        SquaredL2.ScanIndexed(query, (sbyte*)int8.Pointer, int8Stride, indices, distances);
        AssertAll(i => SquaredL2.Compute(query, bytes.AsSpan(indices[i] * dimension, dimension), 0.25f + indices[i]));
        DotProduct.ScanMany(query, (sbyte*)int8.Pointer, int8Stride, distances);
        AssertAll(i => DotProduct.Compute(query, bytes.AsSpan(i * dimension, dimension), 0.25f + i));

        void AssertAll(Func<int, float> expected)
        {
            for (var i = 0; i < distances.Length; i++)
            {
                Assert.Equal(expected(i), distances[i]);
            }
        }
    }

    [Fact]
    public void Unaligned_spans_give_the_same_as_aligned_ones()
    {
        var padded = Samples.Gaussian(140, 13);
        for (var shift = 0; shift < 12; shift++)
        {
            var shifted = padded.AsSpan(shift, 128);
            Assert.Equal(DotProduct.Compute(shifted.ToArray(), shifted.ToArray()), DotProduct.Compute(shifted, shifted));
        }
    }

    [Fact]
    public void Cosine_is_the_angle_and_zero_for_a_zero_vector()
    {
        Assert.Equal(1f, Cosine.Compute([3f, 4f], [6f, 8f]), 1e-6);
        Assert.Equal(0f, Cosine.Compute([1f, 0f], [0f, 5f]), 1e-6);
        Assert.Equal(-1f, Cosine.Compute([1f, 2f, 3f], [-1f, -2f, -3f]), 1e-6);
        Assert.Equal(0f, Cosine.Compute([1f, 2f], [0f, 0f]));
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(1e-25f)]
    [InlineData(1e25f)]
    public void A_normalised_vector_has_length_one(float magnitude)
    {
        var x = Samples.Gaussian(100, 14, magnitude);
        var unit = new float[100];

        var length = Norm.Normalize(x, unit);

        Assert.Equal(1.0, Math.Sqrt(Samples.Dot(unit, unit)), 1e-6);
        Assert.Equal(Math.Sqrt(Samples.Dot(x, x)), length, length * 1e-5);
        Assert.Equal(0f, Norm.Normalize(new float[3], unit.AsSpan(0, 3)));
        Assert.Equal(0f, unit[0]);
    }
}
