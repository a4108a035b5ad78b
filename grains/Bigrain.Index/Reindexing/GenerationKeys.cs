using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Reindexing;

/// <summary>The partitions of a generation, wherever they are.</summary>
internal static class GenerationKeys
{
    /// <summary>A partition, in the folder of its home.</summary>
    public static PartitionKey KeyOf(this GenerationRecord generation, CollectionIncarnation incarnation, int partition) =>
        new(incarnation, generation.HomeOf(partition), partition);

    /// <summary>All partitions.</summary>
    public static ImmutableArray<PartitionKey> KeysOf(this GenerationRecord generation, CollectionIncarnation incarnation) =>
        [.. Enumerable.Range(0, generation.PartitionCount).Select(partition => generation.KeyOf(incarnation, partition))];

    /// <summary>The partitions that it does not share with an older generation.</summary>
    public static ImmutableArray<int> OwnPartitions(this GenerationRecord generation) =>
        [.. Enumerable.Range(0, generation.PartitionCount).Where(partition => generation.HomeOf(partition) == generation.Generation)];
}
