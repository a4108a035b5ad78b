using System.Collections.Immutable;
using System.Text.Json;
using Bigrain.Index.Formats;
using Bigrain.Index.Routing;

namespace Bigrain.Index.Reindexing;

/// <summary>Packs and picks pinned partitions.</summary>
public static class PinnedPartitions
{
    /// <summary>Packs partitions as UTF-8 JSON.</summary>
    public static byte[] Encode(ImmutableArray<PinnedPartition> partitions) =>
        JsonSerializer.SerializeToUtf8Bytes(partitions, FormatJson.Default.ImmutableArrayPinnedPartition);

    /// <summary>Reads packed partitions.</summary>
    /// <exception cref="JsonException">They are not what <see cref="Encode"/> makes.</exception>
    public static ImmutableArray<PinnedPartition> Decode(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, FormatJson.Default.ImmutableArrayPinnedPartition);

    /// <summary>Those whose range of the hash space overlaps that of a target partition.</summary>
    /// <param name="sources">Partitions of one generation.</param>
    /// <param name="sourceCount">Partitions that this generation has.</param>
    /// <param name="partition">Target partition.</param>
    /// <param name="partitionCount">Partitions that the target generation has.</param>
    public static ImmutableArray<PinnedPartition> Overlapping(
        ImmutableArray<PinnedPartition> sources, int sourceCount, int partition, int partitionCount) =>
        [.. sources.Where(source => HashRange.Overlap(source.Key.Partition, sourceCount, partition, partitionCount))];
}
