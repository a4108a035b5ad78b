using System.Globalization;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Garbage;

/// <summary>A name below <c>data/</c>, taken apart; the counterpart of <see cref="Partitions.DataPaths"/>.</summary>
internal readonly record struct DataBlob(
    DataBlobKind Kind, CollectionIncarnation Incarnation, int Stream, long Sequence, int Generation, int Partition, string Segment, string File)
{
    /// <summary>Takes a name apart.</summary>
    /// <returns>Whether it is below <c>data/{incarnation}/</c>; what it is there may still be unknown.</returns>
    public static bool TryParse(string name, out DataBlob blob)
    {
        blob = default;
        string[] parts = name.Split('/');
        if (parts.Length < 3 || parts[0] != "data" || parts[1].Length == 0)
        {
            return false;
        }

        blob = new DataBlob(DataBlobKind.Unknown, new CollectionIncarnation(parts[1]), 0, 0, 0, 0, "", parts[^1]);
        switch (parts)
        {
            case [_, _, "stream", var stream, "EPOCH"] when Number(stream) is { } number:
                blob = blob with { Kind = DataBlobKind.Epoch, Stream = number };
                break;
            case [_, _, "stream", var stream, "wal", var entry] when Number(stream) is { } number
                && entry.Length == 20 && long.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence):
                blob = blob with { Kind = DataBlobKind.LogEntry, Stream = number, Sequence = sequence };
                break;
            case [_, _, "gen", var generation, not ""] when Number(generation) is { } number:
                blob = blob with { Kind = DataBlobKind.GenerationFile, Generation = number };
                break;
            case [_, _, "gen", var generation, "part", var partition, "MANIFEST"] when Number(generation) is { } g && Number(partition) is { } p:
                blob = blob with { Kind = DataBlobKind.Manifest, Generation = g, Partition = p };
                break;
            case [_, _, "gen", var generation, "part", var partition, "seg", var segment, not ""] when Number(generation) is { } g && Number(partition) is { } p:
                blob = blob with { Kind = DataBlobKind.SegmentFile, Generation = g, Partition = p, Segment = segment };
                break;
        }

        return true;
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
