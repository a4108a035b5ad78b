using Bigrain.Index.Manifests;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;

namespace Bigrain.Index.Partitions;

/// <summary>A segment with the slots that are dead in one snapshot.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Descriptor">How the manifest names it, with the delete bitmap that is durable.</param>
/// <param name="Deletes">Dead slots, those not yet durable included: replaying the log finds them again.</param>
internal sealed record SegmentView(Segment Segment, SegmentDescriptor Descriptor, DeleteBitmap Deletes)
{
    /// <summary>Slots alive.</summary>
    public int AliveCount => Segment.SlotCount - Deletes.DeadCount;

    /// <summary>Slots that a query must not see: the dead ones, and those whose documents have expired.</summary>
    /// <param name="now">Unix milliseconds.</param>
    /// <remarks>Expired documents must be out before the cut: they would set its threshold and push living ones out.</remarks>
    public ReadOnlySpan<ulong> HiddenSlots(long now)
    {
        if (!Segment.Ids.HasExpiry)
        {
            return Deletes.Words;
        }

        var hidden = new ulong[(Segment.SlotCount + 63) / 64];
        Deletes.Words.CopyTo(hidden);
        for (int slot = 0; slot < Segment.SlotCount; slot++)
        {
            if (Segment.Ids.ExpiresAtMilliseconds(slot) is > 0 and long at && at <= now)
            {
                hidden[slot >> 6] |= 1UL << (slot & 63);
            }
        }

        return hidden;
    }
}
