using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Scan;

/// <summary>Sums table entries over the 4-bit sub-codes of blocks of vectors: the scan under RaBitQ and 4-bit PQ.</summary>
/// <remarks>
/// Integer arithmetic: all forms give equal sums at any number of chunks, because 16-bit sums are flushed to 32 bits
/// before they can overflow. The form is chosen by <see cref="InstructionSet"/>. Unsafe because codes live in native
/// memory: a call reads <c>blockCount * strideBytes</c> bytes of codes at most and <c>chunkCount * 64</c> of the table,
/// and writes <c>32 * blockCount</c> sums.
/// </remarks>
public static unsafe class NibbleScan
{
    /// <summary>Queries of <see cref="SumFour"/>.</summary>
    public const int BatchQueries = 4;

    /// <summary>Sums for one query.</summary>
    /// <param name="codes">First block, laid out as <see cref="NibbleLayout"/> says.</param>
    /// <param name="strideBytes">Bytes from one block to the next; at least <c>chunkCount * 64</c>.</param>
    /// <param name="blockCount">Blocks.</param>
    /// <param name="chunkCount">Chunks a block.</param>
    /// <param name="table">Table of the query; <c>chunkCount * 64</c> bytes of at most 127.</param>
    /// <param name="sums">Receives 32 sums a block, in vector order.</param>
    public static void Sum(byte* codes, nint strideBytes, int blockCount, int chunkCount, byte* table, int* sums)
    {
        if (InstructionSet.HasByteTables)
        {
            NibbleScan512.Sum(codes, strideBytes, blockCount, chunkCount, table, sums);
        }
        else if (InstructionSet.Width >= VectorWidth.Vector256 && Avx2.IsSupported)
        {
            NibbleScan256.Sum(codes, strideBytes, blockCount, chunkCount, table, sums);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            NibbleScan128.Sum(codes, strideBytes, blockCount, chunkCount, table, sums);
        }
        else
        {
            SumScalar(codes, strideBytes, blockCount, chunkCount, table, sums);
        }
    }

    /// <summary>Sums for four queries over the same blocks: the codes are unpacked once.</summary>
    /// <param name="codes">First block.</param>
    /// <param name="strideBytes">Bytes from one block to the next.</param>
    /// <param name="blockCount">Blocks.</param>
    /// <param name="chunkCount">Chunks a block.</param>
    /// <param name="tables">Tables of the four queries.</param>
    /// <param name="sums">Receives 32 sums a block for the first query, then for the second, and so on.</param>
    public static void SumFour(byte* codes, nint strideBytes, int blockCount, int chunkCount, byte** tables, int* sums)
    {
        if (InstructionSet.HasByteTables)
        {
            NibbleScan512.SumFour(codes, strideBytes, blockCount, chunkCount, tables, sums);
            return;
        }

        for (var query = 0; query < BatchQueries; query++)
        {
            Sum(codes, strideBytes, blockCount, chunkCount, tables[query], sums + ((nint)query * blockCount * NibbleLayout.BlockVectors));
        }
    }

    /// <summary>The reference that all forms equal.</summary>
    internal static void SumScalar(byte* codes, nint strideBytes, int blockCount, int chunkCount, byte* table, int* sums)
    {
        for (var block = 0; block < blockCount; block++)
        {
            for (var vector = 0; vector < NibbleLayout.BlockVectors; vector++)
            {
                var sum = 0;
                for (var chunk = 0; chunk < chunkCount; chunk++)
                {
                    var entries = table + (chunk * NibbleLayout.ChunkBytes);
                    int even = codes[(chunk * NibbleLayout.ChunkBytes) + (2 * vector)];
                    int odd = codes[(chunk * NibbleLayout.ChunkBytes) + (2 * vector) + 1];
                    sum += entries[even & 15] + entries[16 + (odd & 15)] + entries[32 + (even >> 4)] + entries[48 + (odd >> 4)];
                }

                *sums++ = sum;
            }

            codes += strideBytes;
        }
    }
}
