using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Pq;

namespace Bigrain.Kernels.Tests.Pq;

public sealed unsafe class ByteScanTests
{
    public static TheoryData<int, int> Shapes => new() { { 1, 1 }, { 3, 2 }, { 32, 5 }, { 96, 3 }, { 257, 1 }, { 600, 2 }, { 2_048, 1 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sums_equal_the_scalar_reference(int subspaces, int blocks)
    {
        int stride = (subspaces * ByteLayout.BlockVectors) + 64;
        using AlignedBuffer<byte> codes = Bytes(stride * blocks, subspaces);
        using AlignedBuffer<byte> table = Bytes(subspaces * ByteLayout.TableEntries, blocks);
        Compare(codes, stride, blocks, subspaces, table);
    }

    [Fact]
    public void Largest_entries_do_not_overflow()
    {
        const int Subspaces = 1_000;
        using AlignedBuffer<byte> codes = Bytes(Subspaces * ByteLayout.BlockVectors, 1);
        using var table = new AlignedBuffer<byte>(Subspaces * ByteLayout.TableEntries);
        table.Span.Fill(byte.MaxValue);
        Compare(codes, Subspaces * ByteLayout.BlockVectors, 1, Subspaces, table);
    }

    [Fact]
    public void Float_sums_follow_the_same_layout()
    {
        const int Subspaces = 16;
        int stride = Subspaces * ByteLayout.BlockVectors;
        using AlignedBuffer<byte> codes = Bytes(stride * 2, 3);
        using AlignedBuffer<byte> table = Bytes(Subspaces * ByteLayout.TableEntries, 4);
        using var floats = new AlignedBuffer<float>(table.Length);
        for (int i = 0; i < floats.Length; i++)
        {
            floats[i] = table[i];
        }

        using var expected = new AlignedBuffer<int>(128);
        using var found = new AlignedBuffer<float>(128);
        ByteScan.SumScalar(codes.Pointer, stride, 2, Subspaces, table.Pointer, expected.Pointer);
        ByteScan.SumFloats(codes.Pointer, stride, 2, Subspaces, floats.Pointer, found.Pointer);
        for (int i = 0; i < 128; i++)
        {
            Assert.Equal(expected[i], found[i]);
        }
    }

    private static void Compare(AlignedBuffer<byte> codes, int stride, int blocks, int subspaces, AlignedBuffer<byte> table)
    {
        using var expected = new AlignedBuffer<int>(64 * blocks);
        using var found = new AlignedBuffer<int>(64 * blocks);
        ByteScan.SumScalar(codes.Pointer, stride, blocks, subspaces, table.Pointer, expected.Pointer);
        ByteScan.Sum(codes.Pointer, stride, blocks, subspaces, table.Pointer, found.Pointer);
        Assert.True(expected.Span.SequenceEqual(found.Span));
    }

    private static AlignedBuffer<byte> Bytes(int count, int seed)
    {
        var buffer = new AlignedBuffer<byte>(count);
        new Random(seed).NextBytes(buffer.Span);
        return buffer;
    }
}
