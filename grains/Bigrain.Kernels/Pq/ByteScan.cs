using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Pq;

/// <summary>Sums table entries over the 8-bit sub-codes of blocks of vectors: the scan under 8-bit PQ.</summary>
/// <remarks>
/// The 512-bit form holds the 256 entries of a sub-quantiser in four registers: two VPERMI2B look 64 codes up in the
/// lower and the upper half, the top bit of the code chooses. Even and odd bytes are summed apart in 16 bits, which are
/// flushed before they overflow: both forms give equal sums. Unsafe because codes live in native memory: a call reads
/// <c>blockCount * strideBytes</c> bytes of codes at most and <c>subspaceCount * 256</c> of the table, and writes 64
/// sums a block.
/// </remarks>
public static unsafe class ByteScan
{
    /// <summary>Sums for one query.</summary>
    /// <param name="codes">First block, laid out as <see cref="ByteLayout"/> says.</param>
    /// <param name="strideBytes">Bytes from one block to the next; at least <c>subspaceCount * 64</c>.</param>
    /// <param name="blockCount">Blocks.</param>
    /// <param name="subspaceCount">Sub-quantisers.</param>
    /// <param name="table">Table of the query; <c>subspaceCount * 256</c> bytes.</param>
    /// <param name="sums">Receives 64 sums a block, in vector order.</param>
    public static void Sum(byte* codes, nint strideBytes, int blockCount, int subspaceCount, byte* table, int* sums)
    {
        if (InstructionSet.HasByteTables)
        {
            Sum512(codes, strideBytes, blockCount, subspaceCount, table, sums);
        }
        else
        {
            SumScalar(codes, strideBytes, blockCount, subspaceCount, table, sums);
        }
    }

    /// <summary>Plain sums of a table of floats, one code after the other: the rival that benchmarks compare with.</summary>
    /// <param name="codes">First block.</param>
    /// <param name="strideBytes">Bytes from one block to the next.</param>
    /// <param name="blockCount">Blocks.</param>
    /// <param name="subspaceCount">Sub-quantisers.</param>
    /// <param name="table">Table of the query; <c>subspaceCount * 256</c> floats.</param>
    /// <param name="sums">Receives 64 sums a block.</param>
    public static void SumFloats(byte* codes, nint strideBytes, int blockCount, int subspaceCount, float* table, float* sums)
    {
        for (var block = 0; block < blockCount; block++)
        {
            for (var vector = 0; vector < ByteLayout.BlockVectors; vector++)
            {
                float sum = 0;
                for (var subspace = 0; subspace < subspaceCount; subspace++)
                {
                    sum += table[(subspace * ByteLayout.TableEntries) + codes[(subspace * ByteLayout.BlockVectors) + vector]];
                }

                *sums++ = sum;
            }

            codes += strideBytes;
        }
    }

    /// <summary>The portable form, and the reference.</summary>
    internal static void SumScalar(byte* codes, nint strideBytes, int blockCount, int subspaceCount, byte* table, int* sums)
    {
        for (var block = 0; block < blockCount; block++)
        {
            new Span<int>(sums, ByteLayout.BlockVectors).Clear();
            for (var subspace = 0; subspace < subspaceCount; subspace++)
            {
                var entries = table + (subspace * ByteLayout.TableEntries);
                var code = codes + (subspace * ByteLayout.BlockVectors);
                for (var vector = 0; vector < ByteLayout.BlockVectors; vector++)
                {
                    sums[vector] += entries[code[vector]];
                }
            }

            sums += ByteLayout.BlockVectors;
            codes += strideBytes;
        }
    }

    private static void Sum512(byte* codes, nint strideBytes, int blockCount, int subspaceCount, byte* table, int* sums)
    {
        var low = Vector512.Create((ushort)0x00FF);
        for (var block = 0; block < blockCount; block++)
        {
            for (var first = 0; first < subspaceCount; first += ByteLayout.SubspacesPerFlush)
            {
                var last = Math.Min(subspaceCount, first + ByteLayout.SubspacesPerFlush);
                var even = Vector512<ushort>.Zero;
                var odd = Vector512<ushort>.Zero;
                var entries = table + (first * ByteLayout.TableEntries);
                var source = codes + (first * ByteLayout.BlockVectors);
                for (var subspace = first; subspace < last; subspace++)
                {
                    var code = Vector512.Load(source);
                    var lower = Avx512Vbmi.PermuteVar64x8x2(Vector512.Load(entries), code, Vector512.Load(entries + 64));
                    var upper = Avx512Vbmi.PermuteVar64x8x2(Vector512.Load(entries + 128), code, Vector512.Load(entries + 192));
                    var value = Avx512BW.BlendVariable(lower, upper, code).AsUInt16();
                    even += value & low;
                    odd += Vector512.ShiftRightLogical(value, 8);
                    source += ByteLayout.BlockVectors;
                    entries += ByteLayout.TableEntries;
                }

                // Vectors 2i and 2i + 1 stand in lane i of the two sums; unpacking works inside 128-bit lanes, of which
                // lane j then holds vectors 16j to 16j + 7 below and 16j + 8 to 16j + 15 above.
                var below = Avx512BW.UnpackLow(even, odd);
                var above = Avx512BW.UnpackHigh(even, odd);
                Flush(below.GetLower().GetLower(), sums, first);
                Flush(above.GetLower().GetLower(), sums + 8, first);
                Flush(below.GetLower().GetUpper(), sums + 16, first);
                Flush(above.GetLower().GetUpper(), sums + 24, first);
                Flush(below.GetUpper().GetLower(), sums + 32, first);
                Flush(above.GetUpper().GetLower(), sums + 40, first);
                Flush(below.GetUpper().GetUpper(), sums + 48, first);
                Flush(above.GetUpper().GetUpper(), sums + 56, first);
            }

            sums += ByteLayout.BlockVectors;
            codes += strideBytes;
        }
    }

    /// <summary>Adds 8 sums of 16 bits; the first flush overwrites.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Flush(Vector128<ushort> part, int* sums, int first)
    {
        var wide = Avx2.ConvertToVector256Int32(part);
        (first == 0 ? wide : wide + Vector256.Load(sums)).Store(sums);
    }
}
