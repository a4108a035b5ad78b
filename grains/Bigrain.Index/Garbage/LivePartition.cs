using Bigrain.Index.Manifests;

namespace Bigrain.Index.Garbage;

/// <summary>A partition that a HEAD leads to, with its manifest.</summary>
internal sealed class LivePartition
{
    private readonly Dictionary<string, SegmentDescriptor> _segments;

    /// <summary>Takes a manifest as the truth about a partition.</summary>
    /// <param name="partitionCount">Partitions of the generation that leads here.</param>
    /// <param name="partition">Partition number.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="isUnbuilt">Whether it is still to be built: everything in it stays.</param>
    /// <param name="mayDelete">Whether whoever built on an older manifest is fenced, so that what it does not name is garbage for good.</param>
    public LivePartition(int partitionCount, int partition, PartitionManifest manifest, bool isUnbuilt, bool mayDelete)
    {
        PartitionCount = partitionCount;
        Partition = partition;
        Manifest = manifest;
        IsUnbuilt = isUnbuilt;
        MayDelete = mayDelete;
        _segments = manifest.Segments.ToDictionary(segment => segment.Name, StringComparer.Ordinal);
    }

    public int PartitionCount { get; }

    public int Partition { get; }

    public PartitionManifest Manifest { get; }

    public bool IsUnbuilt { get; }

    public bool MayDelete { get; }

    /// <summary>Whether the manifest names a segment.</summary>
    public bool Names(string segment) => IsUnbuilt || _segments.ContainsKey(segment);

    /// <summary>Whether the manifest names a file of a segment; of a named segment only replaced delete bitmaps are not.</summary>
    public bool Names(string segment, string file) =>
        Names(segment)
        && (IsUnbuilt || !file.StartsWith("del-", StringComparison.Ordinal) || _segments[segment].DeletesFile?.Name == file);
}
