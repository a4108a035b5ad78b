using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Scan;

namespace Bigrain.Kernels.Tests.Scan;

/// <summary>Every form against the scalar one, exactly; the instruction sets come from the environment of the process.</summary>
public sealed unsafe class NibbleScanTests
{
    /// <summary>Sub-codes at 1 bit and 4 bits of d = 1, 3, 100, 784, 3,072, 4,096 and 16,384.</summary>
    public static TheoryData<int, int> Shapes => new()
    {
        { 1, 1 }, { 1, 5 }, { 1, 3 }, { 25, 3 }, { 100, 4 }, { 196, 2 }, { 784, 3 }, { 768, 1 }, { 3_072, 3 },
        { 1_024, 2 }, { 4_096, 1 }, { 16_384, 2 }, { 512, 1 }, { 516, 1 }, { 513, 1 }, { 32, 40 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sums_equal_the_scalar_reference(int subcodes, int blocks)
    {
        int chunks = NibbleLayout.ChunkCount(subcodes);
        int stride = (chunks * NibbleLayout.ChunkBytes) + FactorLayout.BlockBytes;
        using AlignedBuffer<byte> codes = Bytes(stride * blocks, 255, seed: subcodes);
        using AlignedBuffer<byte> table = Bytes(chunks * NibbleLayout.ChunkBytes, NibbleLayout.MaxEntry, seed: blocks);
        Compare(codes, stride, blocks, chunks, table);
    }

    [Fact]
    public void Largest_entries_do_not_overflow()
    {
        int chunks = NibbleLayout.ChunkCount(16_384);
        using var codes = new AlignedBuffer<byte>(chunks * NibbleLayout.ChunkBytes);
        using var table = new AlignedBuffer<byte>(chunks * NibbleLayout.ChunkBytes);
        table.Span.Fill(NibbleLayout.MaxEntry);
        codes.Span.Fill(0xA5);
        Compare(codes, chunks * NibbleLayout.ChunkBytes, 1, chunks, table);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Four_queries_at_once_equal_four_scans(int subcodes, int blocks)
    {
        int chunks = NibbleLayout.ChunkCount(subcodes);
        int stride = chunks * NibbleLayout.ChunkBytes;
        using AlignedBuffer<byte> codes = Bytes(stride * blocks, 255, seed: 1);
        using AlignedBuffer<byte> tables = Bytes(4 * stride, NibbleLayout.MaxEntry, seed: 2);
        using var found = new AlignedBuffer<int>(4 * 32 * blocks);
        using var expected = new AlignedBuffer<int>(4 * 32 * blocks);
        byte** starts = stackalloc byte*[4] { tables.Pointer, tables.Pointer + stride, tables.Pointer + (2 * stride), tables.Pointer + (3 * stride) };
        NibbleScan.SumFour(codes.Pointer, stride, blocks, chunks, starts, found.Pointer);
        for (int query = 0; query < 4; query++)
        {
            NibbleScan.SumScalar(codes.Pointer, stride, blocks, chunks, tables.Pointer + (query * stride), expected.Pointer + (query * 32 * blocks));
        }

        Assert.True(expected.Span.SequenceEqual(found.Span));
    }

    [Fact]
    public void A_set_code_is_read_back_from_its_place()
    {
        var block = new byte[3 * NibbleLayout.ChunkBytes];
        var random = new Random(5);
        int[] values = [.. Enumerable.Range(0, 32 * 12).Select(_ => random.Next(16))];
        for (int i = 0; i < values.Length; i++)
        {
            NibbleLayout.Set(block, i % 32, i / 32, values[i]);
        }

        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal(values[i], NibbleLayout.Get(block, i % 32, i / 32));
        }
    }

    private static void Compare(AlignedBuffer<byte> codes, int stride, int blocks, int chunks, AlignedBuffer<byte> table)
    {
        using var found = new AlignedBuffer<int>(32 * blocks);
        using var expected = new AlignedBuffer<int>(32 * blocks);
        NibbleScan.SumScalar(codes.Pointer, stride, blocks, chunks, table.Pointer, expected.Pointer);
        NibbleScan.Sum(codes.Pointer, stride, blocks, chunks, table.Pointer, found.Pointer);
        Assert.True(expected.Span.SequenceEqual(found.Span));
        NibbleScan128.Sum(codes.Pointer, stride, blocks, chunks, table.Pointer, found.Pointer);
        Assert.True(expected.Span.SequenceEqual(found.Span));
        if (System.Runtime.Intrinsics.X86.Avx2.IsSupported)
        {
            NibbleScan256.Sum(codes.Pointer, stride, blocks, chunks, table.Pointer, found.Pointer);
            Assert.True(expected.Span.SequenceEqual(found.Span));
        }
    }

    private static AlignedBuffer<byte> Bytes(int count, int largest, int seed)
    {
        var random = new Random(seed);
        var buffer = new AlignedBuffer<byte>(count);
        foreach (ref byte value in buffer.Span)
        {
            value = (byte)random.Next(largest + 1);
        }

        return buffer;
    }
}
