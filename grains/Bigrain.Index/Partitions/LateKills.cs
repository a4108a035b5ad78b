using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Bigrain.Index.Documents;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>Carries over to a new segment the deletes that came while it was built.</summary>
internal static class LateKills
{
    /// <summary>Marks dead in the new segment what died in its sources since they were read.</summary>
    /// <param name="added">The new segment; null for none.</param>
    /// <param name="sources">Segments it was built from, with the deletes it left out.</param>
    /// <param name="sourceTails">Tails it was built from, as they were read.</param>
    /// <param name="now">Segments of the partition with their deletes of now.</param>
    /// <param name="idHash">Hash of ids.</param>
    public static SegmentView? Apply(
        SegmentView? added,
        ImmutableArray<SegmentView> sources,
        ImmutableArray<TailView> sourceTails,
        ImmutableArray<SegmentView> now,
        IIdHash idHash)
    {
        if (added is null)
        {
            return null;
        }

        var slots = new List<int>();
        foreach (SegmentView source in sources)
        {
            SegmentView current = now.Single(view => view.Descriptor.Name == source.Descriptor.Name);
            if (current.Deletes.DeadCount == source.Deletes.DeadCount)
            {
                continue;
            }

            for (int slot = 0; slot < source.Segment.SlotCount; slot++)
            {
                if (current.Deletes.IsDead(slot) && !source.Deletes.IsDead(slot))
                {
                    Kill(source.Segment.Ids.IdOf(slot));
                }
            }
        }

        foreach (TailView tail in sourceTails)
        {
            for (int row = 0; row < tail.RowCount; row++)
            {
                if (tail.WasKilledSince(row))
                {
                    Kill(tail.IdOf(row).Span);
                }
            }
        }

        return slots.Count == 0 ? added : added with { Deletes = added.Deletes.With(CollectionsMarshal.AsSpan(slots)) };

        void Kill(ReadOnlySpan<byte> id)
        {
            int slot = added.Segment.Ids.Find(idHash.Hash(id), id);
            if (slot >= 0 && !added.Deletes.IsDead(slot))
            {
                slots.Add(slot);
            }
        }
    }
}
