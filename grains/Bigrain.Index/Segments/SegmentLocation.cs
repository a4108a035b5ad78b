using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Segments;

/// <summary>Where the files of a segment are: also its key in the <see cref="SegmentCache"/>.</summary>
/// <param name="Incarnation">Life of the collection.</param>
/// <param name="Generation">Generation number.</param>
/// <param name="Partition">Partition number.</param>
/// <param name="Name">Name of the segment.</param>
public readonly record struct SegmentLocation(CollectionIncarnation Incarnation, int Generation, int Partition, string Name)
{
    /// <summary>A segment of a partition.</summary>
    public static SegmentLocation Of(PartitionKey partition, string name) =>
        new(partition.Incarnation, partition.Generation, partition.Partition, name);

    /// <summary>Full blob name of one of its files.</summary>
    /// <param name="file">File name inside the segment.</param>
    public string Blob(string file) => DataPaths.SegmentFile(Incarnation, Generation, Partition, Name, file);

    /// <inheritdoc/>
    public override string ToString() => Blob("").TrimEnd('/');
}
