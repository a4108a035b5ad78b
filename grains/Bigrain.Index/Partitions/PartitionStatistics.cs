namespace Bigrain.Index.Partitions;

/// <summary>What a partition holds now.</summary>
/// <param name="DocumentCount">Living documents.</param>
/// <param name="TailDocumentCount">Of these, not yet in a segment.</param>
/// <param name="SegmentCount">Segments.</param>
/// <param name="DeadCount">Dead slots in segments.</param>
/// <param name="CoarseBytes">Native memory of the coarse indexes.</param>
/// <param name="TailBytes">Memory of the tails.</param>
/// <param name="BytesIngested">Bytes of documents frozen since the partition was opened.</param>
/// <param name="BytesWritten">Bytes of segments written for them: over ingested this is the write amplification.</param>
/// <param name="Codecs">Coarse codecs of the segments, as written, each once.</param>
public sealed record PartitionStatistics(
    long DocumentCount,
    long TailDocumentCount,
    int SegmentCount,
    long DeadCount,
    long CoarseBytes,
    long TailBytes,
    long BytesIngested,
    long BytesWritten,
    IReadOnlyList<string> Codecs)
{
    /// <summary>Counts what a snapshot shows.</summary>
    internal static PartitionStatistics Of(PartitionSnapshot snapshot, SegmentBuilder builder)
    {
        long tailDocuments = snapshot.Tails.Sum(view => (long)view.Tail.RowCount - view.Tail.DeadCount);
        return new PartitionStatistics(
            snapshot.Segments.Sum(view => (long)view.AliveCount) + tailDocuments,
            tailDocuments,
            snapshot.Segments.Length,
            snapshot.Segments.Sum(view => (long)view.Deletes.DeadCount),
            snapshot.Segments.Sum(view => view.Segment.Coarse.MemoryBytes),
            snapshot.Tails.Sum(view => view.Tail.MemoryBytes),
            builder.BytesFrozen,
            builder.BytesWritten,
            [.. snapshot.Segments.Select(view => view.Descriptor.Codec).Distinct().Order()]);
    }
}
