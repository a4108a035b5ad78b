using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Reindexing;

/// <summary>What one partition of a new generation is built from.</summary>
/// <param name="Head">HEAD of the collection.</param>
/// <param name="Generation">The generation that is built.</param>
/// <param name="Partition">Partition of that generation.</param>
/// <param name="Sources">Pinned partitions that overlap it, all of one generation; others are left aside.</param>
/// <param name="SourcePartitionCount">Partitions that the generation of the sources has.</param>
public sealed record PartitionBuildRequest(
    CollectionHead Head,
    GenerationRecord Generation,
    int Partition,
    ImmutableArray<PinnedPartition> Sources,
    int SourcePartitionCount)
{
    /// <summary>The partition that is built.</summary>
    public PartitionKey Key => new(Head.Incarnation, Generation.Generation, Partition);
}
