using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bigrain.Kernels.Scan;

/// <summary>AVX-512 VBMI form: one 64-byte table register answers four sub-codes of 32 vectors with two VPERMB.</summary>
/// <remarks>
/// The index is the nibble and the number of its table, joined by one VPTERNLOG; byte pairs are added to 16 bits by
/// VPMADDUBSW with ones. 8 vector instructions for 128 look-ups. No calls inside: they would spill the accumulators.
/// Unsafe for aligned native codes; bounds as in <see cref="NibbleScan"/>.
/// </remarks>
internal static unsafe class NibbleScan512
{
    /// <summary>VPTERNLOG truth table of (a and b) or c.</summary>
    private const byte AndOr = 0xEA;

    /// <summary>How far ahead codes are asked for: without it the loop waits for memory half of the time. Past the end
    /// of the codes it asks in vain, which does no harm.</summary>
    private const int PrefetchBytes = 4_096;

    public static void Sum(byte* codes, nint strideBytes, int blockCount, int chunkCount, byte* table, int* sums)
    {
        var nibble = Vector512.Create((byte)0x0F);
        var low = Vector512.Create((ushort)0x1000).AsByte();
        var high = Vector512.Create((ushort)0x3020).AsByte();
        var ones = Vector512.Create((sbyte)1);
        for (var block = 0; block < blockCount; block++)
        {
            var total0 = Vector512<int>.Zero;
            var total1 = Vector512<int>.Zero;
            nint end = (nint)chunkCount * NibbleLayout.ChunkBytes;
            for (nint first = 0; first < end; first += NibbleLayout.ChunksPerFlush * NibbleLayout.ChunkBytes)
            {
                nint last = Math.Min(end, first + (NibbleLayout.ChunksPerFlush * NibbleLayout.ChunkBytes));
                var sum = Vector512<short>.Zero;
                for (nint offset = first; offset < last; offset += NibbleLayout.ChunkBytes)
                {
                    Sse.Prefetch0(codes + offset + PrefetchBytes);
                    var code = Vector512.Load(codes + offset);
                    var entries = Vector512.Load(table + offset);
                    var lowIndex = Avx512F.TernaryLogic(code, nibble, low, AndOr);
                    var highIndex = Avx512F.TernaryLogic(
                        Vector512.ShiftRightLogical(code.AsUInt16(), 4).AsByte(), nibble, high, AndOr);
                    var pair = Vector512.Add(
                        Avx512Vbmi.PermuteVar64x8(entries, lowIndex), Avx512Vbmi.PermuteVar64x8(entries, highIndex));
                    sum = Vector512.Add(sum, Avx512BW.MultiplyAddAdjacent(pair, ones));
                }

                total0 = Vector512.Add(total0, Avx512F.ConvertToVector512Int32(sum.GetLower().AsUInt16()));
                total1 = Vector512.Add(total1, Avx512F.ConvertToVector512Int32(sum.GetUpper().AsUInt16()));
            }

            total0.Store(sums);
            total1.Store(sums + 16);
            sums += NibbleLayout.BlockVectors;
            codes += strideBytes;
        }
    }

    public static void SumFour(byte* codes, nint strideBytes, int blockCount, int chunkCount, byte** tables, int* sums)
    {
        var nibble = Vector512.Create((byte)0x0F);
        var low = Vector512.Create((ushort)0x1000).AsByte();
        var high = Vector512.Create((ushort)0x3020).AsByte();
        var ones = Vector512.Create((sbyte)1);
        nint end = (nint)chunkCount * NibbleLayout.ChunkBytes;
        nint querySums = (nint)blockCount * NibbleLayout.BlockVectors;
        byte* table0 = tables[0];
        byte* table1 = tables[1];
        byte* table2 = tables[2];
        byte* table3 = tables[3];
        for (var block = 0; block < blockCount; block++)
        {
            for (nint first = 0; first < end; first += NibbleLayout.ChunksPerFlush * NibbleLayout.ChunkBytes)
            {
                nint last = Math.Min(end, first + (NibbleLayout.ChunksPerFlush * NibbleLayout.ChunkBytes));
                var sum0 = Vector512<short>.Zero;
                var sum1 = Vector512<short>.Zero;
                var sum2 = Vector512<short>.Zero;
                var sum3 = Vector512<short>.Zero;
                for (nint offset = first; offset < last; offset += NibbleLayout.ChunkBytes)
                {
                    Sse.Prefetch0(codes + offset + PrefetchBytes);
                    var code = Vector512.Load(codes + offset);
                    var lowIndex = Avx512F.TernaryLogic(code, nibble, low, AndOr);
                    var highIndex = Avx512F.TernaryLogic(
                        Vector512.ShiftRightLogical(code.AsUInt16(), 4).AsByte(), nibble, high, AndOr);
                    var entries = Vector512.Load(table0 + offset);
                    sum0 = Vector512.Add(sum0, Avx512BW.MultiplyAddAdjacent(
                        Vector512.Add(Avx512Vbmi.PermuteVar64x8(entries, lowIndex), Avx512Vbmi.PermuteVar64x8(entries, highIndex)), ones));
                    entries = Vector512.Load(table1 + offset);
                    sum1 = Vector512.Add(sum1, Avx512BW.MultiplyAddAdjacent(
                        Vector512.Add(Avx512Vbmi.PermuteVar64x8(entries, lowIndex), Avx512Vbmi.PermuteVar64x8(entries, highIndex)), ones));
                    entries = Vector512.Load(table2 + offset);
                    sum2 = Vector512.Add(sum2, Avx512BW.MultiplyAddAdjacent(
                        Vector512.Add(Avx512Vbmi.PermuteVar64x8(entries, lowIndex), Avx512Vbmi.PermuteVar64x8(entries, highIndex)), ones));
                    entries = Vector512.Load(table3 + offset);
                    sum3 = Vector512.Add(sum3, Avx512BW.MultiplyAddAdjacent(
                        Vector512.Add(Avx512Vbmi.PermuteVar64x8(entries, lowIndex), Avx512Vbmi.PermuteVar64x8(entries, highIndex)), ones));
                }

                Flush(sum0, sums, first);
                Flush(sum1, sums + querySums, first);
                Flush(sum2, sums + (2 * querySums), first);
                Flush(sum3, sums + (3 * querySums), first);
            }

            sums += NibbleLayout.BlockVectors;
            codes += strideBytes;
        }
    }

    /// <summary>Adds 16-bit sums to the 32 sums of a block; the first flush overwrites them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Flush(Vector512<short> sum, int* sums, nint first)
    {
        var lower = Avx512F.ConvertToVector512Int32(sum.GetLower().AsUInt16());
        var upper = Avx512F.ConvertToVector512Int32(sum.GetUpper().AsUInt16());
        if (first != 0)
        {
            lower = Vector512.Add(lower, Vector512.Load(sums));
            upper = Vector512.Add(upper, Vector512.Load(sums + 16));
        }

        lower.Store(sums);
        upper.Store(sums + 16);
    }
}
