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
}
