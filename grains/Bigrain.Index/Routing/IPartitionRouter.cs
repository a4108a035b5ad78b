namespace Bigrain.Index.Routing;

/// <summary>Decides which partition keeps a document and which partitions a query visits.</summary>
/// <remarks>Immutable and thread safe.</remarks>
public interface IPartitionRouter
{
    /// <summary>Number of partitions.</summary>
    int PartitionCount { get; }

    /// <summary>Whether <paramref name="partition"/> keeps the document.</summary>
    /// <param name="partition">Partition number, 0 to <see cref="PartitionCount"/> - 1.</param>
    /// <param name="idHash">Hash of the document's id.</param>
    /// <param name="vector">The default representation, little-endian fp32 bytes; empty for a delete.</param>
    bool Owns(int partition, ulong idHash, ReadOnlySpan<byte> vector);

    /// <summary>Whether <paramref name="partition"/> may keep any document of <paramref name="stream"/>, so that it must follow it.</summary>
    bool Follows(int partition, int stream, int streamCount);
}
