namespace Bigrain.Index.Reindexing;

/// <summary>What a build did.</summary>
/// <param name="Created">Whether it made the partition; false when it was there already.</param>
/// <param name="Documents">Documents copied.</param>
/// <param name="SegmentCount">Segments made.</param>
/// <param name="BytesWritten">Bytes of these segments.</param>
public readonly record struct PartitionBuildReport(bool Created, long Documents, int SegmentCount, long BytesWritten);
