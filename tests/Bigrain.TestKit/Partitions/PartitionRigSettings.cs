using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Partitions;

namespace Bigrain.TestKit.Partitions;

/// <summary>How a <see cref="PartitionRig"/> is made.</summary>
public sealed record PartitionRigSettings
{
    public ulong Seed { get; init; } = 1;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public IIdHash IdHash { get; init; } = XxIdHash.Instance;

    public PartitionOptions Partition { get; init; } = new();

    public CoarseOptions Coarse { get; init; } = new();

    public long MemoryBytes { get; init; } = 1L << 30;
}
