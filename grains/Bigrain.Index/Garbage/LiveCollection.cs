using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;

namespace Bigrain.Index.Garbage;

/// <summary>A collection as its HEAD leads to it.</summary>
internal sealed class LiveCollection(CollectionHead head, BlobTag tag)
{
    public CollectionHead Head { get; } = head;

    /// <summary>Version of the HEAD.</summary>
    public BlobTag Tag { get; } = tag;

    /// <summary>Generations whose folders hold something that is needed: those named, the homes of their partitions, and those
    /// whose tables they use.</summary>
    public HashSet<int> Folders { get; } = [];

    /// <summary>Partitions by the generation in whose folder they are, and their number.</summary>
    public Dictionary<(int Home, int Partition), LivePartition> Partitions { get; } = [];

    /// <summary>First sequence of a stream that a partition needs.</summary>
    public long Floor(int stream, bool currentOnly)
    {
        long floor = long.MaxValue;
        foreach (((int home, _), LivePartition partition) in Partitions)
        {
            bool counts = !currentOnly || home == Head.CurrentGeneration;
            if (counts && new HashRouter(partition.PartitionCount).Follows(partition.Partition, stream, Head.Schema.StreamCount))
            {
                floor = Math.Min(floor, partition.Manifest.Floors[stream]);
            }
        }

        return floor;
    }

    /// <summary>Key of a stream.</summary>
    public StreamKey StreamOf(int stream) => new(Head.Incarnation, stream);
}
