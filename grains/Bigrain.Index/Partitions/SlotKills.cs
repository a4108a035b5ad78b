using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Bigrain.Index.Partitions;

/// <summary>Collects the slots that one log entry kills, so that each segment's bitmap is copied once.</summary>
/// <param name="segments">Segments of the partition.</param>
internal sealed class SlotKills(ImmutableArray<SegmentView> segments)
{
    private readonly List<int>?[] _slots = new List<int>?[segments.Length];

    /// <summary>Looks an id up in every segment and notes its living slots.</summary>
    public void Find(ulong idHash, ReadOnlySpan<byte> id)
    {
        for (int i = 0; i < segments.Length; i++)
        {
            int slot = segments[i].Segment.Ids.Find(idHash, id);
            if (slot >= 0 && !segments[i].Deletes.IsDead(slot))
            {
                (_slots[i] ??= []).Add(slot);
            }
        }
    }

    /// <summary>The segments with the noted slots dead.</summary>
    public ImmutableArray<SegmentView> ApplyTo(ImmutableArray<SegmentView> views)
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            if (_slots[i] is { } slots)
            {
                views = views.SetItem(i, views[i] with { Deletes = views[i].Deletes.With(CollectionsMarshal.AsSpan(slots)) });
            }
        }

        return views;
    }
}
