using System.Runtime.InteropServices;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Scan;

namespace Bigrain.Kernels.Tests.Scan;

public sealed unsafe class EstimatePassTests
{
    private const int Blocks = 7;
    private const int Stride = 64 + FactorLayout.BlockBytes;

    [Fact]
    public void Estimates_and_masks_agree_with_the_scalar_reference()
    {
        using AlignedBuffer<byte> factors = Factors();
        using var sums = new AlignedBuffer<int>(32 * Blocks);
        var random = new Random(3);
        foreach (ref int sum in sums.Span)
        {
            sum = random.Next(60_000);
        }

        var terms = new EstimateTerms(3, -2e-9f, 1e-5f, 1e-6f, 0.01f);
        using var expected = new AlignedBuffer<float>(32 * Blocks);
        using var found = new AlignedBuffer<float>(32 * Blocks);
        using var expectedMasks = new AlignedBuffer<uint>(Blocks);
        using var foundMasks = new AlignedBuffer<uint>(Blocks);
        EstimatePass.RunScalar(sums.Pointer, factors.Pointer, Stride, Blocks, terms, 3.4f, 3.45f, expected.Pointer, expectedMasks.Pointer);
        EstimatePass.Run(sums.Pointer, factors.Pointer, Stride, Blocks, terms, 3.4f, 3.45f, found.Pointer, foundMasks.Pointer);

        int staying = 0;
        for (int i = 0; i < 32 * Blocks; i++)
        {
            Assert.Equal(expected[i], found[i], 1e-4f);
            float lower = expected[i] - EstimatePass.ErrorOf(factors.Pointer + (i / 32 * Stride), i % 32, terms);
            bool clear = MathF.Abs(lower - 3.4f) > 1e-4f && MathF.Abs(expected[i] - 3.45f) > 1e-4f;
            if (clear)
            {
                Assert.Equal((expectedMasks[i / 32] >> (i % 32)) & 1, (foundMasks[i / 32] >> (i % 32)) & 1);
            }

            staying += (int)((foundMasks[i / 32] >> (i % 32)) & 1);
        }

        Assert.InRange(staying, 20, 32 * Blocks - 20);
    }

    [Fact]
    public void Padding_never_stays_whatever_the_limit()
    {
        using AlignedBuffer<byte> factors = Factors();
        MemoryMarshal.Cast<byte, float>(factors.Span[..128]).Fill(float.PositiveInfinity);
        using var sums = new AlignedBuffer<int>(32 * Blocks);
        using var estimates = new AlignedBuffer<float>(32 * Blocks);
        using var masks = new AlignedBuffer<uint>(Blocks);
        EstimatePass.Run(
            sums.Pointer,
            factors.Pointer,
            Stride,
            Blocks,
            new EstimateTerms(0, 1e-9f, 0, 0, 0),
            float.PositiveInfinity,
            float.PositiveInfinity,
            estimates.Pointer,
            masks.Pointer);
        Assert.Equal(0u, masks[0]);
        Assert.Equal(uint.MaxValue, masks[1]);
    }

    private static AlignedBuffer<byte> Factors()
    {
        var random = new Random(9);
        var buffer = new AlignedBuffer<byte>(Stride * Blocks);
        for (int block = 0; block < Blocks; block++)
        {
            Span<byte> factors = buffer.Span.Slice(block * Stride, FactorLayout.BlockBytes);
            foreach (ref float add in MemoryMarshal.Cast<byte, float>(factors[..FactorLayout.RescaleOffset]))
            {
                add = random.NextSingle();
            }

            random.NextBytes(factors[FactorLayout.RescaleOffset..]);
        }

        return buffer;
    }
}
