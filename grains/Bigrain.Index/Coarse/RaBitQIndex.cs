using System.Numerics;
using Bigrain.Index.Blobs;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.RaBitQ;
using Bigrain.Kernels.Rotation;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>A segment whose codes are RaBitQ: leaves are routed, scanned by table look-up, and cut by error bounds.</summary>
internal sealed unsafe class RaBitQIndex : CoarseIndex
{
    /// <summary>Standard deviations that an error bound spans: 97 % of one-sided errors lie inside.</summary>
    private const float BoundDeviations = 1.9f;

    /// <summary>Leaves that automatic probing orders before it knows how many it needs.</summary>
    private const int FirstLeaves = 48;

    private readonly StructuredRotation _rotation;
    private readonly RaBitQPlanes _planes;
    private readonly LeafRouter _router;
    private readonly CoarseShape _shape;

    internal RaBitQIndex(in CoarseHeader header, byte* body, string blobName)
        : base(header, body)
    {
        _shape = header.Shape;
        _rotation = new StructuredRotation(header.Dimension, header.RotationSeed);
        _planes = new RaBitQPlanes(header.Dimension, header.Codec.BitsPerCode);
        CheckLeafBlocks(blobName);
        _router = new LeafRouter(header, body);
    }

    /// <inheritdoc/>
    public override CoarseMemory Memory
    {
        get
        {
            long used = SlotCount;
            long padding = ((long)Header.BlockCount * NibbleLayout.BlockVectors) - used;
            long codes = used * _shape.BlockCodeBytes / NibbleLayout.BlockVectors;
            long factors = used * FactorLayout.BlockBytes / NibbleLayout.BlockVectors;
            long centroids = ((long)LeafCount * Dimension * sizeof(float)) + _shape.CodesOffset - _shape.RoutingOffset;
            long unused = padding * _shape.BlockBytes / NibbleLayout.BlockVectors;
            return new CoarseMemory(codes, factors, centroids, unused, MemoryBytes - codes - factors - centroids - unused);
        }
    }

    private ReadOnlySpan<int> LeafBlocks => new(Body + _shape.LeafBlocksOffset, LeafCount + 1);

    private LeafScale* Scales => (LeafScale*)(Body + _shape.ScalesOffset);

    private ReadOnlySpan<float> RotatedOrigin => new(Body + _shape.OriginOffset, Dimension);

    /// <inheritdoc/>
    public override void Search(
        CoarseQuery query,
        int source,
        ReadOnlySpan<ulong> deadSlots,
        Shortlist shortlist,
        ref SearchCost cost,
        CancellationToken cancellationToken)
    {
        CheckQuery(query);
        ArgumentNullException.ThrowIfNull(shortlist);
        cost.LeavesTotal += LeafCount;
        if (SlotCount == 0)
        {
            return;
        }

        SearchScratch scratch = SearchScratch.Current;
        Span<float> fromOrigin = scratch.Rotated(Dimension);
        ReadOnlySpan<float> rotated = query.Rotated(_rotation);
        ReadOnlySpan<float> origin = RotatedOrigin;
        for (int i = 0; i < fromOrigin.Length; i++)
        {
            fromOrigin[i] = rotated[i] - origin[i];
        }

        int wanted = query.Nprobe > 0 ? query.Nprobe : FirstLeaves;
        ReadOnlySpan<int> leaves = _router.Nearest(query, fromOrigin, origin, wanted, scratch, out ReadOnlySpan<float> keys);
        Span<byte> table = scratch.Table(_planes.BlockBytes);
        RaBitQTable rounding = RaBitQTableBuilder.Build(fromOrigin, _planes, table);
        float fromOriginLength = Norm.Euclidean(fromOrigin);
        Span<ulong> visited = default;
        fixed (byte* entries = table)
        {
            while (true)
            {
                for (int i = 0; i < leaves.Length; i++)
                {
                    if (query.Nprobe > 0 ? i >= query.Nprobe : IsBeyondReach(query, shortlist, leaves, keys, i))
                    {
                        return;
                    }

                    if (IsVisited(visited, leaves[i]))
                    {
                        continue;
                    }

                    cancellationToken.ThrowIfCancellationRequested();
                    EstimateTerms terms = TermsOf(query, leaves[i], keys[i], rounding, fromOriginLength);
                    ScanLeaf(leaves[i], terms, entries, source, deadSlots, shortlist, scratch, ref cost);
                    cost.LeavesProbed++;
                }

                if (leaves.Length >= LeafCount || query.Nprobe > 0)
                {
                    return;
                }

                // Ordering is cheap beside the scans that led here: order more leaves and pass over those done.
                visited = Visit(visited, leaves, scratch);
                leaves = _router.Nearest(query, fromOrigin, origin, leaves.Length * 4, scratch, out keys);
                rounding = RaBitQTableBuilder.Build(fromOrigin, _planes, table);
            }
        }
    }

    private static bool IsVisited(ReadOnlySpan<ulong> visited, int leaf) =>
        !visited.IsEmpty && ((visited[leaf >> 6] >> (leaf & 63)) & 1) != 0;

    private Span<ulong> Visit(Span<ulong> visited, ReadOnlySpan<int> leaves, SearchScratch scratch)
    {
        if (visited.IsEmpty)
        {
            visited = scratch.Visited(LeafCount);
            visited.Clear();
        }

        foreach (int leaf in leaves)
        {
            visited[leaf >> 6] |= 1UL << (leaf & 63);
        }

        return visited;
    }

    /// <summary>Whether automatic probing ends before a leaf: neighbours beyond the plane halfway between the nearest
    /// centroid and this one would have to be farther than the k-th found so far, in measure of the segment's own sample.</summary>
    private bool IsBeyondReach(CoarseQuery query, Shortlist shortlist, ReadOnlySpan<int> leaves, ReadOnlySpan<float> keys, int position)
    {
        float threshold = shortlist.Threshold;
        if (position == 0 || Header.ProbeReach <= 0 || float.IsPositiveInfinity(threshold))
        {
            return false;
        }

        LeafScale scale = Scales[leaves[position]];
        if (Metric == Metric.Dot)
        {
            return keys[position] - (Header.ProbeReach * MathF.Sqrt(query.SquaredLength) * scale.Radius) > threshold;
        }

        float reach = MathF.Sqrt(Math.Max(0, Metric == Metric.Cosine ? 2 + (2 * threshold) : threshold));
        var nearest = new ReadOnlySpan<float>(Centroids + ((long)leaves[0] * Dimension), Dimension);
        var other = new ReadOnlySpan<float>(Centroids + ((long)leaves[position] * Dimension), Dimension);
        float between = MathF.Sqrt(SquaredL2.Compute(nearest, other));
        return keys[position] - keys[0] > 2 * between * Header.ProbeReach * reach;
    }

    private EstimateTerms TermsOf(CoarseQuery query, int leaf, float key, in RaBitQTable rounding, float fromOriginLength)
    {
        LeafScale scale = Scales[leaf];
        float squaredDistance = Metric == Metric.Dot ? query.SquaredLength + scale.CentroidSquared + (2 * key) : key;
        float distance = MathF.Sqrt(Math.Max(0, squaredDistance));
        float start = Metric switch
        {
            Metric.L2 => key,
            Metric.Dot => key,
            _ => (key - query.SquaredLength - scale.CentroidSquared) / 2,
        };
        float factor = Metric == Metric.L2 ? -2 : -1;
        float largestValue = _planes.MaxValue * MathF.Sqrt(Dimension);
        float factorRounding = 0.5f * scale.RescaleUnit * largestValue * fromOriginLength;
        float tableRounding = scale.RescaleUnit * ushort.MaxValue * rounding.Error;
        return new EstimateTerms(
            start,
            factor * scale.RescaleUnit * rounding.Step,
            factor * scale.RescaleUnit * rounding.Offset,
            -factor * scale.SpreadUnit * distance * BoundDeviations,
            -factor * (tableRounding + factorRounding));
    }

    private void ScanLeaf(
        int leaf,
        in EstimateTerms terms,
        byte* table,
        int source,
        ReadOnlySpan<ulong> deadSlots,
        Shortlist shortlist,
        SearchScratch scratch,
        ref SearchCost cost)
    {
        int blockEnd = LeafBlocks[leaf + 1];
        int slot = LeafStarts[leaf];
        cost.CodesScanned += LeafStarts[leaf + 1] - slot;
        for (int block = LeafBlocks[leaf]; block < blockEnd; block += SearchScratch.TileBlocks)
        {
            int count = Math.Min(SearchScratch.TileBlocks, blockEnd - block);
            byte* codes = Body + _shape.CodesOffset + ((long)block * _shape.BlockBytes);
            NibbleScan.Sum(codes, _shape.BlockBytes, count, _planes.ChunkCount, table, scratch.Sums);
            Select(codes + _shape.BlockCodeBytes, count, scratch.Sums, terms, source, slot, deadSlots, shortlist, scratch, ref cost);
            slot += count * NibbleLayout.BlockVectors;
        }
    }

    private void Select(
        byte* factors,
        int blockCount,
        int* sums,
        in EstimateTerms terms,
        int source,
        int firstSlot,
        ReadOnlySpan<ulong> deadSlots,
        Shortlist shortlist,
        SearchScratch scratch,
        ref SearchCost cost)
    {
        float* estimates = scratch.Estimates;
        uint* masks = scratch.Masks;
        EstimatePass.Run(sums, factors, _shape.BlockBytes, blockCount, terms, shortlist.LowerLimit, shortlist.EstimateLimit, estimates, masks);
        for (int block = 0; block < blockCount; block++)
        {
            uint mask = masks[block];
            if (mask == 0)
            {
                cost.BlocksSkipped++;
                continue;
            }

            int blockSlot = firstSlot + (block * NibbleLayout.BlockVectors);
            byte* blockFactors = factors + ((long)block * _shape.BlockBytes);
            while (mask != 0)
            {
                int lane = BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
                if (IsDead(deadSlots, blockSlot + lane))
                {
                    continue;
                }

                shortlist.Add(
                    source,
                    blockSlot + lane,
                    estimates[(block * NibbleLayout.BlockVectors) + lane],
                    EstimatePass.ErrorOf(blockFactors, lane, terms));
                cost.CandidatesAdded++;
            }
        }
    }

    private void CheckLeafBlocks(string blobName)
    {
        ReadOnlySpan<int> blocks = LeafBlocks;
        ReadOnlySpan<int> starts = LeafStarts;
        bool fits = blocks[0] == 0 && blocks[^1] == Header.BlockCount;
        for (int leaf = 0; leaf < LeafCount && fits; leaf++)
        {
            fits = blocks[leaf + 1] - blocks[leaf] == CoarseShape.BlocksOf(starts[leaf + 1] - starts[leaf]);
        }

        if (!fits)
        {
            throw new CorruptBlobException(blobName, CoarseHeader.Size + _shape.LeafBlocksOffset, "blocks that fit the leaves", "others");
        }
    }
}
