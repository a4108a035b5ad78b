namespace Bigrain.Index.Routing;

/// <summary>Partitions are equal ranges of the id hash.</summary>
/// <param name="partitionCount">Number of partitions (P), at least 1.</param>
public sealed class HashRouter(int partitionCount) : IPartitionRouter
{
    /// <inheritdoc/>
    public int PartitionCount { get; } = partitionCount;

    /// <inheritdoc/>
    public bool Owns(int partition, ulong idHash, ReadOnlySpan<byte> vector) =>
        HashRange.Of(idHash, PartitionCount) == partition;

    /// <inheritdoc/>
    public bool Follows(int partition, int stream, int streamCount) =>
        HashRange.Overlap(partition, PartitionCount, stream, streamCount);
}
