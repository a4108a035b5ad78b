using System.Numerics;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;

namespace Bigrain.Index.Coarse;

/// <summary>A segment with the codes of a trained model. A code stands for the rotated document itself, and its estimate is the product
/// that training has optimised: <c>-&lt;R q, decode(code)&gt;</c>. It has no error bound, so the best by estimate are verified.</summary>
/// <remarks>Automatic probing visits every leaf, as training did. Rounded tables only pass over codes that cannot be among the best;
/// what is left is summed from exact ones.</remarks>
internal sealed unsafe class PlainIndex : CoarseIndex
{
    private readonly CoarseShape _shape;
    private readonly LearnedTables _tables;
    private readonly PlainCodes _codes;

    internal PlainIndex(in CoarseHeader header, AlignedBuffer<byte> body, LearnedTables tables)
        : base(header, body)
    {
        _shape = header.Shape;
        _tables = tables;
        _codes = new PlainCodes(tables.Codebooks);
    }

    /// <inheritdoc/>
    public override CoarseMemory Memory
    {
        get
        {
            long codes = SlotCount * (long)_codes.BlockBytes / _codes.BlockVectors;
            long padding = ((long)Header.BlockCount * _codes.BlockBytes) - codes;
            long centroids = (long)LeafCount * Dimension * sizeof(float);
            return new CoarseMemory(codes, 0, centroids, padding, MemoryBytes - codes - centroids - padding);
        }
    }

    private protected override void SearchLeaves(
        CoarseQuery query, int source, ReadOnlySpan<ulong> deadSlots, Shortlist shortlist, ref SearchCost cost, CancellationToken cancellationToken)
    {
        PlainQuery plain = query.Plain(_tables);
        fixed (byte* table = plain.Table)
        {
            foreach (int leaf in Choose(query))
            {
                cancellationToken.ThrowIfCancellationRequested();
                ScanLeaf(leaf, plain, table, source, deadSlots, shortlist, ref cost);
            }
        }
    }

    private int[] Choose(CoarseQuery query)
    {
        int[] leaves = [.. Enumerable.Range(0, LeafCount)];
        if (query.Nprobe == 0 || query.Nprobe >= LeafCount)
        {
            return leaves;
        }

        // The rotation keeps products: centroids need not be rotated to be compared.
        var keys = new float[LeafCount];
        DotProduct.ScanMany(query.Vector, new ReadOnlySpan<float>(Centroids, LeafCount * Dimension), keys);
        Array.Sort(keys, leaves);
        Array.Reverse(leaves);
        return leaves[..query.Nprobe];
    }

    private void ScanLeaf(
        int leaf, PlainQuery plain, byte* table, int source, ReadOnlySpan<ulong> deadSlots, Shortlist shortlist, ref SearchCost cost)
    {
        int* sums = SearchScratch.Current.Sums;
        int first = LeafStarts[leaf];
        int end = LeafStarts[leaf + 1];
        cost.CodesScanned += end - first;
        cost.LeavesProbed++;
        int blockEnd = LeafBlocks[leaf + 1];
        for (int block = LeafBlocks[leaf]; block < blockEnd; block += SearchScratch.TileBlocks)
        {
            int count = Math.Min(SearchScratch.TileBlocks, blockEnd - block);
            byte* codes = Body + _shape.CodesOffset + ((long)block * _codes.BlockBytes);
            _codes.Sum(codes, count, table, sums);
            int vectors = Math.Min(count * _codes.BlockVectors, end - first);
            Select(codes, vectors, sums, plain, source, first, deadSlots, shortlist, ref cost);
            first += vectors;
        }
    }

    private void Select(
        byte* codes, int vectors, int* sums, PlainQuery plain, int source, int firstSlot, ReadOnlySpan<ulong> deadSlots, Shortlist shortlist, ref SearchCost cost)
    {
        for (int group = 0; group < vectors; group += Vector<int>.Count)
        {
            int least = plain.LeastSum(shortlist.EstimateLimit);
            int groupEnd = Math.Min(vectors, group + Vector<int>.Count);

            // Sums of whole blocks are there, also beyond the last vector.
            if (!Vector.GreaterThanOrEqualAny(*(Vector<int>*)(sums + group), new Vector<int>(least)))
            {
                cost.BlocksSkipped++;
                continue;
            }

            for (int vector = group; vector < groupEnd; vector++)
            {
                if (sums[vector] < least || IsDead(deadSlots, firstSlot + vector))
                {
                    continue;
                }

                var block = new ReadOnlySpan<byte>(codes + ((long)(vector / _codes.BlockVectors) * _codes.BlockBytes), _codes.BlockBytes);
                float estimate = -_codes.Score(block, vector % _codes.BlockVectors, plain.Products);
                shortlist.Add(source, firstSlot + vector, estimate, float.PositiveInfinity);
                cost.CandidatesAdded++;
            }
        }
    }
}
