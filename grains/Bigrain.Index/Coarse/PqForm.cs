using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>PQ codes of 4 or 8 bits a subspace.</summary>
internal sealed unsafe class PqForm(PqCodebooks codebooks) : CodeForm
{
    private readonly int _chunkCount = NibbleLayout.ChunkCount(codebooks.SubspaceCount);

    public PqCodebooks Codebooks => codebooks;

    public override int BlockVectors => IsNibble ? NibbleLayout.BlockVectors : ByteLayout.BlockVectors;

    public override int BlockCodeBytes => CodeBytes(codebooks.SubspaceCount, codebooks.Bits);

    public override int TableBytes => IsNibble
        ? _chunkCount * NibbleLayout.ChunkBytes
        : codebooks.SubspaceCount * ByteLayout.TableEntries;

    public override float LargestLength => codebooks.LargestLength;

    private bool IsNibble => codebooks.Bits == 4;

    public static int CodeBytes(int subspaceCount, int bits) => bits == 4
        ? NibbleLayout.ChunkCount(subspaceCount) * NibbleLayout.ChunkBytes
        : subspaceCount * ByteLayout.BlockVectors;

    public override CodeFactors Encode(ReadOnlySpan<float> residual, Span<byte> block, int vector, Span<float> values)
    {
        Span<byte> codes = stackalloc byte[codebooks.SubspaceCount];
        CodeFactors factors = codebooks.Encode(residual, codes, values);
        for (int subspace = 0; subspace < codes.Length; subspace++)
        {
            if (IsNibble)
            {
                NibbleLayout.Set(block, vector, subspace, codes[subspace]);
            }
            else
            {
                block[(subspace * ByteLayout.BlockVectors) + vector] = codes[subspace];
            }
        }

        return factors;
    }

    public override TableRounding FillTable(ReadOnlySpan<float> query, Span<byte> table)
    {
        if (IsNibble)
        {
            // Sub-codes that pad the last chunk are 0 and must add nothing.
            table[(codebooks.SubspaceCount * 16)..].Clear();
        }

        return codebooks.FillTable(query, IsNibble ? NibbleLayout.MaxEntry : byte.MaxValue, table);
    }

    public override void Sum(byte* codes, int blockCount, byte* table, int* sums)
    {
        if (IsNibble)
        {
            NibbleScan.Sum(codes, BlockBytes, blockCount, _chunkCount, table, sums);
        }
        else
        {
            ByteScan.Sum(codes, BlockBytes, blockCount, codebooks.SubspaceCount, table, sums);
        }
    }

    public override void SumFour(byte* codes, int blockCount, byte** tables, int* sums)
    {
        if (IsNibble)
        {
            NibbleScan.SumFour(codes, BlockBytes, blockCount, _chunkCount, tables, sums);
        }
        else
        {
            base.SumFour(codes, blockCount, tables, sums);
        }
    }
}
