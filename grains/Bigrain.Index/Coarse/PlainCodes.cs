using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>The codes of a trained model: what stands in a block, without factors.</summary>
/// <remarks>Immutable, and safe for concurrent use.</remarks>
internal sealed unsafe class PlainCodes(PqCodebooks codebooks)
{
    private readonly int _chunkCount = NibbleLayout.ChunkCount(codebooks.SubspaceCount);

    public int BlockVectors => IsNibble ? NibbleLayout.BlockVectors : ByteLayout.BlockVectors;

    public int BlockBytes => PqForm.CodeBytes(codebooks.SubspaceCount, codebooks.Bits);

    private bool IsNibble => codebooks.Bits == 4;

    /// <summary>Encodes a vector of the rotated space.</summary>
    /// <param name="vector">Shape <c>[d]</c>.</param>
    /// <param name="block">The block; the vector's places hold 0.</param>
    /// <param name="place">Place in the block.</param>
    /// <param name="values">Receives what the code stands for; shape <c>[d]</c>.</param>
    public void Encode(ReadOnlySpan<float> vector, Span<byte> block, int place, Span<float> values)
    {
        Span<byte> codes = codebooks.SubspaceCount <= 1_024 ? stackalloc byte[codebooks.SubspaceCount] : new byte[codebooks.SubspaceCount];
        codebooks.Encode(vector, codes, values);
        for (int subspace = 0; subspace < codes.Length; subspace++)
        {
            if (IsNibble)
            {
                NibbleLayout.Set(block, place, subspace, codes[subspace]);
            }
            else
            {
                block[(subspace * ByteLayout.BlockVectors) + place] = codes[subspace];
            }
        }
    }

    /// <summary>What a code stands for under codebooks of the same shape.</summary>
    public void Decode(ReadOnlySpan<byte> block, int place, PqCodebooks score, Span<float> values)
    {
        int dimension = score.Dimension;
        for (int subspace = 0; subspace < score.SubspaceCount; subspace++)
        {
            int code = IsNibble ? NibbleLayout.Get(block, place, subspace) : block[(subspace * ByteLayout.BlockVectors) + place];
            int end = (int)((long)dimension * (subspace + 1) / score.SubspaceCount);
            for (int i = (int)((long)dimension * subspace / score.SubspaceCount); i < end; i++)
            {
                values[i] = score.Centroids[(i << score.Bits) + code];
            }
        }
    }

    /// <summary>Sums the rounded table of a query over blocks.</summary>
    public void Sum(byte* blocks, int blockCount, byte* table, int* sums)
    {
        if (IsNibble)
        {
            NibbleScan.Sum(blocks, BlockBytes, blockCount, _chunkCount, table, sums);
        }
        else
        {
            ByteScan.Sum(blocks, BlockBytes, blockCount, codebooks.SubspaceCount, table, sums);
        }
    }

    /// <summary>The product of the query and what one code stands for, from the table that is not rounded.</summary>
    public float Score(ReadOnlySpan<byte> block, int place, ReadOnlySpan<float> products)
    {
        float sum = 0;
        for (int subspace = 0; subspace < codebooks.SubspaceCount; subspace++)
        {
            int code = IsNibble ? NibbleLayout.Get(block, place, subspace) : block[(subspace * ByteLayout.BlockVectors) + place];
            sum += products[(subspace << codebooks.Bits) + code];
        }

        return sum;
    }
}
