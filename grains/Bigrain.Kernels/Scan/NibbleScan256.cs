using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bigrain.Kernels.Scan;

/// <summary>AVX2 form: the two halves of a chunk are woven so that a register holds one pair of sub-codes of 32
/// vectors, and VPSHUFB looks 16-entry tables up.</summary>
/// <remarks>
/// Sums of two entries fit a byte. Even bytes belong to vectors 0 to 15, odd ones to 16 to 31: the odd ones are summed
/// alone, the even ones by taking the odd share out of the 16-bit total at the end. 22 instructions for 128 look-ups.
/// Unsafe for native codes; bounds as in <see cref="NibbleScan"/>.
/// </remarks>
internal static unsafe class NibbleScan256
{
    public static void Sum(byte* codes, nint strideBytes, int blockCount, int chunkCount, byte* table, int* sums)
    {
        var nibble = Vector256.Create((byte)0x0F);
        var odd = Vector256.Create((ushort)0xFF00).AsByte();
        for (var block = 0; block < blockCount; block++)
        {
            var total0 = Vector256<int>.Zero;
            var total1 = Vector256<int>.Zero;
            var total2 = Vector256<int>.Zero;
            var total3 = Vector256<int>.Zero;
            nint end = (nint)chunkCount * NibbleLayout.ChunkBytes;
            for (nint first = 0; first < end; first += NibbleLayout.ChunksPerFlush * NibbleLayout.ChunkBytes)
            {
                nint last = Math.Min(end, first + (NibbleLayout.ChunksPerFlush * NibbleLayout.ChunkBytes));
                var sumAll = Vector256<ushort>.Zero;
                var sumOdd = Vector256<ushort>.Zero;
                for (nint offset = first; offset < last; offset += NibbleLayout.ChunkBytes)
                {
                    var a = Vector256.Load(codes + offset);
                    var b = Vector256.Load(codes + offset + 32);
                    var evens = Avx2.BlendVariable(a, Vector256.ShiftLeft(b.AsUInt16(), 8).AsByte(), odd);
                    var odds = Avx2.BlendVariable(Vector256.ShiftRightLogical(a.AsUInt16(), 8).AsByte(), b, odd);
                    var entries0 = Avx2.BroadcastVector128ToVector256(table + offset);
                    var entries1 = Avx2.BroadcastVector128ToVector256(table + offset + 16);
                    var entries2 = Avx2.BroadcastVector128ToVector256(table + offset + 32);
                    var entries3 = Avx2.BroadcastVector128ToVector256(table + offset + 48);
                    var low = Vector256.Add(
                        Avx2.Shuffle(entries0, evens & nibble),
                        Avx2.Shuffle(entries1, odds & nibble)).AsUInt16();
                    var high = Vector256.Add(
                        Avx2.Shuffle(entries2, Vector256.ShiftRightLogical(evens.AsUInt16(), 4).AsByte() & nibble),
                        Avx2.Shuffle(entries3, Vector256.ShiftRightLogical(odds.AsUInt16(), 4).AsByte() & nibble)).AsUInt16();
                    sumAll += low + high;
                    sumOdd += Vector256.ShiftRightLogical(low, 8) + Vector256.ShiftRightLogical(high, 8);
                }

                var sumEven = sumAll - Vector256.ShiftLeft(sumOdd, 8);
                total0 += Vector256.WidenLower(sumEven).AsInt32();
                total1 += Vector256.WidenUpper(sumEven).AsInt32();
                total2 += Vector256.WidenLower(sumOdd).AsInt32();
                total3 += Vector256.WidenUpper(sumOdd).AsInt32();
            }

            total0.Store(sums);
            total1.Store(sums + 8);
            total2.Store(sums + 16);
            total3.Store(sums + 24);
            sums += NibbleLayout.BlockVectors;
            codes += strideBytes;
        }
    }
}
