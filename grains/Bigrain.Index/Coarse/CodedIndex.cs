using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Rotation;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>A segment with codes: leaves are routed, scanned by table look-up, and cut by error bounds.</summary>
internal sealed unsafe class CodedIndex : CoarseIndex
{
    /// <summary>Standard deviations that an error bound spans: 97 % of one-sided errors lie inside.</summary>
    private const float BoundDeviations = 1.9f;

    /// <summary>Leaves that automatic probing orders before it knows how many it needs.</summary>
    private const int FirstLeaves = 48;

    /// <summary>Lines of the next leaf that are asked for ahead.</summary>
    private const int PrefetchLines = 32;

    private readonly CoarseShape _shape;
    private readonly StructuredRotation _rotation;
    private readonly CodeForm _form;

    internal CodedIndex(in CoarseHeader header, AlignedBuffer<byte> body, LearnedTables? tables)
        : base(header, body)
    {
        _shape = header.Shape;
        _rotation = new StructuredRotation(header.Dimension, header.RotationSeed);
        _form = header.TablesHash != 0 ? tables!.Form : FormOf(header, body.Pointer + _shape.CodebooksOffset);
        Router = new LeafRouter(header, body.Pointer);
    }

    /// <inheritdoc/>
    public override CoarseMemory Memory
    {
        get
        {
            long places = (long)Header.BlockCount * _form.BlockVectors;
            long codes = SlotCount * (long)_form.BlockCodeBytes / _form.BlockVectors;
            long factors = (long)SlotCount * FactorLayout.BlockBytes / NibbleLayout.BlockVectors;
            long padding = ((long)Header.BlockCount * _form.BlockBytes) - codes - factors;
            padding = places > SlotCount ? padding : 0;
            long centroids = ((long)LeafCount * Dimension * sizeof(float)) + _shape.CodesOffset - _shape.OriginOffset;
            return new CoarseMemory(codes, factors, centroids, padding, MemoryBytes - codes - factors - centroids - padding);
        }
    }

    internal CodeForm Form => _form;

    internal LeafRouter Router { get; }

    internal ReadOnlySpan<float> RotatedOrigin => new(Body + _shape.OriginOffset, Dimension);

    private LeafScale* Scales => (LeafScale*)(Body + _shape.ScalesOffset);

    private protected override void SearchLeaves(
        CoarseQuery query, int source, ReadOnlySpan<ulong> deadSlots, Shortlist shortlist, ref SearchCost cost, CancellationToken cancellationToken)
    {
        SearchScratch scratch = SearchScratch.Current;
        Span<float> fromOrigin = scratch.Rotated(Dimension);
        FromOrigin(query, fromOrigin);
        int wanted = FirstWanted(query);
        ReadOnlySpan<int> leaves = Router.Nearest(query, fromOrigin, RotatedOrigin, wanted, scratch, out ReadOnlySpan<float> keys);
        Span<byte> table = scratch.Table(_form.TableBytes);
        TableRounding rounding = _form.FillTable(fromOrigin, table);
        float fromOriginLength = Norm.Euclidean(fromOrigin);
        Span<ulong> visited = default;
        fixed (byte* entries = table)
        {
            while (true)
            {
                for (int i = 0; i < leaves.Length; i++)
                {
                    if (query.Nprobe > 0 ? i >= query.Nprobe : IsBeyondReach(query, shortlist, leaves[0], keys[0], leaves[i], keys[i]))
                    {
                        return;
                    }

                    if (IsVisited(visited, leaves[i]))
                    {
                        continue;
                    }

                    if (i + 1 < leaves.Length)
                    {
                        Prefetch(leaves[i + 1]);
                    }

                    cancellationToken.ThrowIfCancellationRequested();
                    EstimateTerms terms = TermsOf(query, leaves[i], keys[i], rounding, fromOriginLength);
                    ScanLeaf(leaves[i], terms, entries, source, deadSlots, shortlist, scratch, ref cost);
                }

                if (leaves.Length >= LeafCount || query.Nprobe > 0)
                {
                    return;
                }

                // Ordering is cheap beside the scans that led here: order more leaves and pass over those done.
                visited = Visit(visited, leaves, scratch);
                leaves = Router.Nearest(query, fromOrigin, RotatedOrigin, leaves.Length * 4, scratch, out keys);
            }
        }
    }

    /// <inheritdoc/>
    public override void SearchBatch(
        ReadOnlySpan<CoarseQuery> queries,
        int source,
        ReadOnlySpan<ulong> deadSlots,
        ReadOnlySpan<Shortlist> shortlists,
        ref SearchCost cost,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(shortlists.Length, queries.Length);
        foreach (CoarseQuery query in queries)
        {
            CheckQuery(query);
        }

        if (SlotCount == 0 || LeafCount == 1 || queries.Length < NibbleScan.BatchQueries)
        {
            base.SearchBatch(queries, source, deadSlots, shortlists, ref cost, cancellationToken);
            return;
        }

        cost.LeavesTotal += (long)LeafCount * queries.Length;
        int group = BatchSearch.LargestGroup(_form.TableBytes);
        for (int first = 0; first < queries.Length; first += group)
        {
            int count = Math.Min(group, queries.Length - first);
            using var batch = new BatchSearch(this, queries.Slice(first, count), source, shortlists.Slice(first, count));
            batch.Run(deadSlots, ref cost, cancellationToken);
        }

        GC.KeepAlive(this);
    }

    internal static int FirstWanted(CoarseQuery query) => query.Nprobe > 0 ? query.Nprobe : FirstLeaves;

    /// <summary>The rotated query minus the rotated origin: what tables are made of.</summary>
    internal void FromOrigin(CoarseQuery query, Span<float> fromOrigin)
    {
        ReadOnlySpan<float> rotated = query.Rotated(_rotation);
        ReadOnlySpan<float> origin = RotatedOrigin;
        for (int i = 0; i < fromOrigin.Length; i++)
        {
            fromOrigin[i] = rotated[i] - origin[i];
        }
    }

    /// <summary>Whether automatic probing ends before a leaf: neighbours beyond the plane halfway between the nearest
    /// centroid and this one would have to be farther than the k-th found so far, in measure of the segment's own sample.</summary>
    internal bool IsBeyondReach(CoarseQuery query, Shortlist shortlist, int nearestLeaf, float nearestKey, int leaf, float key)
    {
        float threshold = shortlist.ProbeThreshold;
        if (leaf == nearestLeaf || Header.ProbeReach <= 0 || float.IsPositiveInfinity(threshold))
        {
            return false;
        }

        if (Metric == Metric.Dot)
        {
            return key - (Header.ProbeReach * MathF.Sqrt(query.SquaredLength) * Scales[leaf].Radius) > threshold;
        }

        float reach = MathF.Sqrt(Math.Max(0, Metric == Metric.Cosine ? 2 + (2 * threshold) : threshold));
        var nearest = new ReadOnlySpan<float>(Centroids + ((long)nearestLeaf * Dimension), Dimension);
        var other = new ReadOnlySpan<float>(Centroids + ((long)leaf * Dimension), Dimension);
        float between = MathF.Sqrt(SquaredL2.Compute(nearest, other));
        return key - nearestKey > 2 * between * Header.ProbeReach * reach;
    }

    internal EstimateTerms TermsOf(CoarseQuery query, int leaf, float key, in TableRounding rounding, float fromOriginLength)
    {
        LeafScale scale = Scales[leaf];
        float squaredDistance = Metric == Metric.Dot ? query.SquaredLength + scale.CentroidSquared + (2 * key) : key;
        float distance = MathF.Sqrt(Math.Max(0, squaredDistance));
        float start = Metric == Metric.Cosine ? (key - query.SquaredLength - scale.CentroidSquared) / 2 : key;
        float factor = Metric == Metric.L2 ? -2 : -1;
        float factorRounding = 0.5f * scale.RescaleUnit * _form.LargestLength * fromOriginLength;
        float tableRounding = scale.RescaleUnit * ushort.MaxValue * rounding.Error;
        return new EstimateTerms(
            start,
            factor * scale.RescaleUnit * rounding.Step,
            factor * scale.RescaleUnit * rounding.Offset,
            -factor * scale.SpreadUnit * distance * BoundDeviations,
            -factor * (tableRounding + factorRounding));
    }

    internal void ScanLeaf(
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
        cost.LeavesProbed++;
        int count;
        for (int block = LeafBlocks[leaf]; block < blockEnd; block += count)
        {
            count = Math.Min(TileOf(shortlist), blockEnd - block);
            byte* codes = BlockAt(block);
            _form.Sum(codes, count, table, scratch.Sums);
            Select(codes, count, scratch.Sums, terms, source, slot, deadSlots, shortlist, scratch, ref cost);
            slot += count * _form.BlockVectors;
        }
    }

    /// <summary>Scans a leaf for four queries at once.</summary>
    internal void ScanLeafFour(
        int leaf,
        ReadOnlySpan<EstimateTerms> terms,
        byte** tables,
        int source,
        ReadOnlySpan<ulong> deadSlots,
        ReadOnlySpan<Shortlist> shortlists,
        SearchScratch scratch,
        ref SearchCost cost)
    {
        int blockEnd = LeafBlocks[leaf + 1];
        int slot = LeafStarts[leaf];
        cost.CodesScanned += NibbleScan.BatchQueries * (LeafStarts[leaf + 1] - slot);
        cost.LeavesProbed += NibbleScan.BatchQueries;
        for (int block = LeafBlocks[leaf]; block < blockEnd; block += SearchScratch.TileBlocks)
        {
            int count = Math.Min(SearchScratch.TileBlocks, blockEnd - block);
            byte* codes = BlockAt(block);
            _form.SumFour(codes, count, tables, scratch.Sums);
            for (int i = 0; i < NibbleScan.BatchQueries; i++)
            {
                int* sums = scratch.Sums + (i * count * _form.BlockVectors);
                Select(codes, count, sums, terms[i], source, slot, deadSlots, shortlists[i], scratch, ref cost);
            }

            slot += count * _form.BlockVectors;
        }
    }

    private static CodeForm FormOf(in CoarseHeader header, byte* codebooks)
    {
        if (header.Codec.Kind == CodecKind.RaBitQ)
        {
            return new RaBitQForm(header.Dimension, header.Codec.BitsPerCode);
        }

        var centroids = new ReadOnlySpan<float>(codebooks, header.Dimension << header.Codec.BitsPerCode);
        return new PqForm(new PqCodebooks(centroids.ToArray(), header.Dimension, header.Codec.SubspaceCount, header.Codec.BitsPerCode));
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

    /// <summary>Blocks to scan before selecting: few while there is no threshold yet, as all of them would be candidates.</summary>
    private static int TileOf(Shortlist shortlist) => shortlist.Count switch
    {
        < 64 => 1,
        < 96 => 4,
        _ => SearchScratch.TileBlocks,
    };

    /// <summary>Asks for the start of a leaf while the one before is scanned; the processor follows by itself from there.</summary>
    private void Prefetch(int leaf)
    {
        if (Sse.IsSupported)
        {
            byte* start = BlockAt(LeafBlocks[leaf]);
            for (int line = 0; line < PrefetchLines; line++)
            {
                Sse.Prefetch0(start + (line * 64));
            }
        }
    }

    private byte* BlockAt(int block) => Body + _shape.CodesOffset + ((long)block * _form.BlockBytes);

    private void Select(
        byte* blocks,
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
        int groupsPerBlock = _form.GroupsPerBlock;
        int blockBytes = _form.BlockBytes;
        byte* factors = blocks + _form.BlockCodeBytes;
        if (groupsPerBlock == 1)
        {
            EstimatePass.Run(sums, factors, blockBytes, blockCount, terms, shortlist.LowerLimit, shortlist.EstimateLimit, estimates, masks);
        }
        else
        {
            for (int block = 0; block < blockCount; block++)
            {
                int first = block * groupsPerBlock;
                EstimatePass.Run(
                    sums + (first * NibbleLayout.BlockVectors),
                    factors + ((long)block * blockBytes),
                    FactorLayout.BlockBytes,
                    groupsPerBlock,
                    terms,
                    shortlist.LowerLimit,
                    shortlist.EstimateLimit,
                    estimates + (first * NibbleLayout.BlockVectors),
                    masks + first);
            }
        }

        for (int group = 0; group < blockCount * groupsPerBlock; group++)
        {
            uint mask = masks[group];
            if (mask == 0)
            {
                cost.BlocksSkipped++;
                continue;
            }

            int slot = firstSlot + (group * NibbleLayout.BlockVectors);
            byte* groupFactors = factors + ((long)(group / groupsPerBlock) * blockBytes) + (group % groupsPerBlock * FactorLayout.BlockBytes);
            while (mask != 0)
            {
                int lane = BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
                if (IsDead(deadSlots, slot + lane))
                {
                    continue;
                }

                float error = EstimatePass.ErrorOf(groupFactors, lane, terms);
                shortlist.Add(source, slot + lane, estimates[(group * NibbleLayout.BlockVectors) + lane], error);
                cost.CandidatesAdded++;
            }
        }
    }
}
