using Bigrain.Kernels.Memory;

namespace Bigrain.Index.Coarse;

/// <summary>A segment whose coarse form is the vectors themselves: the scan is exact.</summary>
internal sealed unsafe class FlatIndex : CoarseIndex
{
    internal FlatIndex(in CoarseHeader header, AlignedBuffer<byte> body)
        : base(header, body)
    {
    }

    /// <inheritdoc/>
    public override CoarseMemory Memory
    {
        get
        {
            long codes = (long)SlotCount * Dimension * sizeof(float);
            long centroids = (long)LeafCount * Dimension * sizeof(float);
            return new CoarseMemory(codes, 0, centroids, 0, MemoryBytes - codes - centroids);
        }
    }

    private protected override void SearchLeaves(
        CoarseQuery query, int source, ReadOnlySpan<ulong> deadSlots, Shortlist shortlist, ref SearchCost cost, CancellationToken cancellationToken)
    {
        float* rows = (float*)(Body + Shape.CodesOffset);
        ReadOnlySpan<int> starts = LeafStarts;
        for (int leaf = 0; leaf < LeafCount; leaf++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int slot = starts[leaf]; slot < starts[leaf + 1]; slot++)
            {
                if (IsDead(deadSlots, slot))
                {
                    continue;
                }

                cost.ExactScanned++;
                float distance = RankDistance.Compute(Metric, query.Vector, new ReadOnlySpan<float>(rows + ((long)slot * Dimension), Dimension));
                if (distance <= shortlist.Threshold)
                {
                    shortlist.Add(source, slot, distance, 0);
                    cost.CandidatesAdded++;
                }
            }
        }

        cost.LeavesProbed += LeafCount;
    }
}
