using Bigrain.Api.Collections;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;

namespace Bigrain.Cli.Commands;

/// <summary>Collections as a table.</summary>
internal static class CollectionTable
{
    /// <summary>Prints them.</summary>
    public static void Print(Invocation invocation, IEnumerable<CollectionInfo> collections) =>
        invocation.PrintTable(
            ["collection", "documents", "in tail", "dimension", "metric", "codec", "partitions", "segments", "generation", "coarse", "memory"],
            collections.Select(static c => new[]
            {
                c.Name,
                Words.Count(c.Documents),
                Words.Count(c.TailDocuments),
                Words.Count(c.Dimension),
                c.Metric ?? "",
                c.SegmentCodecs is { Count: > 0 } codecs ? string.Join('+', codecs) : c.Codec ?? "",
                Words.Count(c.Partitions),
                Words.Count(c.Segments),
                GenerationsOf(c),
                Words.Size(c.CoarseBytes),
                Words.Size(c.MemoryBytes),
            }));

    private static string GenerationsOf(CollectionInfo collection) =>
        Words.Count(collection.Generation)
        + (collection.PreviousGeneration is { } previous ? $" (previous {previous})" : "")
        + (collection.BuildingGeneration is { } building ? $" (building {building})" : "");
}
