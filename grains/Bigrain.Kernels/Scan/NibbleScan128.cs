using System.Runtime.Intrinsics;

namespace Bigrain.Kernels.Scan;

/// <summary>Portable 128-bit form, in the manner of <see cref="NibbleScan256"/>: half a block at a time.</summary>
/// <remarks>Unsafe for native codes; bounds as in <see cref="NibbleScan"/>.</remarks>
internal static unsafe class NibbleScan128
{
    public static void Sum(byte* codes, nint strideBytes, int blockCount, int chunkCount, byte* table, int* sums)
    {
        for (var block = 0; block < blockCount; block++)
        {
            Half(codes, chunkCount, table, sums);
            Half(codes + 32, chunkCount, table, sums + 16);
            sums += NibbleLayout.BlockVectors;
            codes += strideBytes;
        }
    }

    private static void Half(byte* codes, int chunkCount, byte* table, int* sums)
    {
        var nibble = Vector128.Create((byte)0x0F);
        var odd = Vector128.Create((ushort)0xFF00).AsByte();
        var total0 = Vector128<int>.Zero;
        var total1 = Vector128<int>.Zero;
        var total2 = Vector128<int>.Zero;
        var total3 = Vector128<int>.Zero;
        nint end = (nint)chunkCount * NibbleLayout.ChunkBytes;
        for (nint first = 0; first < end; first += NibbleLayout.ChunksPerFlush * NibbleLayout.ChunkBytes)
        {
            nint last = Math.Min(end, first + (NibbleLayout.ChunksPerFlush * NibbleLayout.ChunkBytes));
            var sumAll = Vector128<ushort>.Zero;
            var sumOdd = Vector128<ushort>.Zero;
            for (nint offset = first; offset < last; offset += NibbleLayout.ChunkBytes)
            {
                var a = Vector128.Load(codes + offset);
                var b = Vector128.Load(codes + offset + 16);
                var evens = Vector128.ConditionalSelect(odd, Vector128.ShiftLeft(b.AsUInt16(), 8).AsByte(), a);
                var odds = Vector128.ConditionalSelect(odd, b, Vector128.ShiftRightLogical(a.AsUInt16(), 8).AsByte());
                var low = (Vector128.Shuffle(Vector128.Load(table + offset), evens & nibble)
                    + Vector128.Shuffle(Vector128.Load(table + offset + 16), odds & nibble)).AsUInt16();
                var high = (Vector128.Shuffle(Vector128.Load(table + offset + 32), Vector128.ShiftRightLogical(evens, 4))
                    + Vector128.Shuffle(Vector128.Load(table + offset + 48), Vector128.ShiftRightLogical(odds, 4))).AsUInt16();
                sumAll += low + high;
                sumOdd += Vector128.ShiftRightLogical(low, 8) + Vector128.ShiftRightLogical(high, 8);
            }

            var sumEven = sumAll - Vector128.ShiftLeft(sumOdd, 8);
            total0 += Vector128.WidenLower(sumEven).AsInt32();
            total1 += Vector128.WidenUpper(sumEven).AsInt32();
            total2 += Vector128.WidenLower(sumOdd).AsInt32();
            total3 += Vector128.WidenUpper(sumOdd).AsInt32();
        }

        total0.Store(sums);
        total1.Store(sums + 4);
        total2.Store(sums + 8);
        total3.Store(sums + 12);
    }
}
