using System.Collections.Immutable;
using Bigrain.Index.Manifests;

namespace Bigrain.Index.Partitions;

/// <summary>Decides which segments to merge: tiers of similar size, and segments with many dead or expired documents.</summary>
internal static class CompactionPlan
{
    /// <summary>The next merge that is due.</summary>
    /// <returns>Segments to merge into one; empty when nothing is due.</returns>
    public static ImmutableArray<SegmentView> Next(ImmutableArray<SegmentView> segments, PartitionOptions options, DateTimeOffset now)
    {
        foreach (SegmentView view in segments)
        {
            if (WasteOf(view, now) > options.MaxDeadShare)
            {
                return [view];
            }
        }

        // A tier holds segments within a factor of the fan-in of each other, so every document is rewritten
        // once per tier: log(size) to the base of the fan-in times in all.
        return segments
            .GroupBy(view => TierOf(view, options))
            .Where(tier => tier.Count() >= options.MergeFanIn)
            .OrderBy(tier => tier.Key)
            .Select(tier => tier.Take(options.MergeFanIn).ToImmutableArray())
            .FirstOrDefault(group => group.Sum(view => (long)view.AliveCount) <= options.MaxSegmentDocuments, []);
    }

    /// <summary>Groups that leave as few segments as the size limit allows and no dead slot.</summary>
    public static IReadOnlyList<ImmutableArray<SegmentView>> All(ImmutableArray<SegmentView> segments, PartitionOptions options, DateTimeOffset now)
    {
        var groups = new List<ImmutableArray<SegmentView>>();
        var group = ImmutableArray.CreateBuilder<SegmentView>();
        long documents = 0;
        foreach (SegmentView view in segments)
        {
            if (group.Count > 0 && documents + view.AliveCount > options.MaxSegmentDocuments)
            {
                Close();
            }

            group.Add(view);
            documents += view.AliveCount;
        }

        Close();
        return groups;

        void Close()
        {
            if (group.Count > 1 || group.Any(view => WasteOf(view, now) > 0))
            {
                groups.Add(group.ToImmutable());
            }

            group.Clear();
            documents = 0;
        }
    }

    /// <summary>Share of a segment that a rewrite would leave out. What is dead and expired counts twice: it is rewritten a little early.</summary>
    private static double WasteOf(SegmentView view, DateTimeOffset now) =>
        ((double)view.Deletes.DeadCount / view.Segment.SlotCount)
        + ExpirySteps.ShareExpired(view.Descriptor.ExpirySteps, now.ToUnixTimeMilliseconds());

    private static int TierOf(SegmentView view, PartitionOptions options) =>
        (int)Math.Log(Math.Max(1, view.AliveCount / (double)options.FreezeDocuments), options.MergeFanIn);
}
