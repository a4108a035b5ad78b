using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>What differs between codecs: how residuals become codes, what the table of a query holds, and which kernel sums.</summary>
/// <remarks>Leaves, factors, bounds and selection are the same for all of them: a code of a rotated residual stands for
/// values x, and its factors say how <c>&lt;x, q&gt;</c> estimates. Immutable, and safe for concurrent use.</remarks>
internal abstract unsafe class CodeForm
{
    /// <summary>Vectors of a block: one or two groups of 32, each with its factors.</summary>
    public abstract int BlockVectors { get; }

    /// <summary>Bytes of the codes of a block.</summary>
    public abstract int BlockCodeBytes { get; }

    /// <summary>Bytes of the table of a query.</summary>
    public abstract int TableBytes { get; }

    /// <summary>Length of the longest vector that a code can stand for.</summary>
    public abstract float LargestLength { get; }

    /// <summary>Groups of 32 vectors in a block.</summary>
    public int GroupsPerBlock => BlockVectors / NibbleLayout.BlockVectors;

    /// <summary>Bytes of a block with its factors.</summary>
    public int BlockBytes => BlockCodeBytes + (GroupsPerBlock * FactorLayout.BlockBytes);

    /// <summary>Encodes a rotated residual.</summary>
    /// <param name="residual">Shape <c>[d]</c>.</param>
    /// <param name="block">Codes of the block; the vector's places hold 0.</param>
    /// <param name="vector">Place in the block.</param>
    /// <param name="values">Receives the values that the code stands for; shape <c>[d]</c>.</param>
    public abstract CodeFactors Encode(ReadOnlySpan<float> residual, Span<byte> block, int vector, Span<float> values);

    /// <summary>Fills the table of a query.</summary>
    public abstract TableRounding FillTable(ReadOnlySpan<float> query, Span<byte> table);

    /// <summary>Sums a table over blocks: <see cref="BlockVectors"/> sums a block.</summary>
    public abstract void Sum(byte* codes, int blockCount, byte* table, int* sums);

    /// <summary>Sums four tables over blocks: the sums of the first table for all blocks, then of the second, and so on.</summary>
    public virtual void SumFour(byte* codes, int blockCount, byte** tables, int* sums)
    {
        for (int query = 0; query < NibbleScan.BatchQueries; query++)
        {
            Sum(codes, blockCount, tables[query], sums + ((long)query * blockCount * BlockVectors));
        }
    }
}
