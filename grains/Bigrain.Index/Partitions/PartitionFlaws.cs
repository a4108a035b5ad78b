namespace Bigrain.Index.Partitions;

/// <summary>Planted bugs, to prove that the fault simulation finds them; always <see cref="None"/> outside it.</summary>
[Flags]
internal enum PartitionFlaws
{
    None = 0,

    /// <summary>A new segment keeps documents that were deleted or replaced while it was built.</summary>
    SkipLateKills = 1,

    /// <summary>A tail leaves in one snapshot and the segment that covers it comes in the next.</summary>
    DropTailBeforeSegment = 2,
}
