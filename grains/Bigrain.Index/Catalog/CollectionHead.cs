using System.Text.Json.Serialization;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>Content of a collection's HEAD: the only mutable record of the collection as a whole.</summary>
/// <param name="Name">Name of the collection.</param>
/// <param name="Incarnation">This life of the name.</param>
/// <param name="Schema">Shape of the documents and their spread, as the collection was created; a later generation may differ in
/// partitions, codec and dense type: <see cref="GenerationRecord.SchemaOf"/>.</param>
/// <param name="CurrentGeneration">The generation that answers queries.</param>
/// <param name="PreviousGeneration">The one before, kept for rollback; null when there is none.</param>
/// <param name="BuildingGeneration">The one being built; null when there is none.</param>
/// <param name="MinReaderVersion">Oldest reader that may use this collection's blobs.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record CollectionHead(
    string Name,
    CollectionIncarnation Incarnation,
    CollectionSchema Schema,
    int CurrentGeneration,
    int? PreviousGeneration,
    int? BuildingGeneration,
    int MinReaderVersion,
    DateTimeOffset CreatedAt)
{
    /// <summary>Highest number ever given to a generation; null when that is the highest one named here. Numbers are never given
    /// twice, so that what a failed build left behind is never taken for a part of another.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? LastGeneration { get; init; }

    /// <summary>When the current generation took over from the previous one; null when that never happened.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Random number of the last change; null before the first. Two who change a HEAD in the same way at the same moment must not
    /// both find their bytes there and believe that they were first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Change { get; init; }

    /// <summary>The generations that matter: every one named here, the current one first. All of them follow the same streams.</summary>
    [JsonIgnore]
    public IEnumerable<int> Generations => new[] { CurrentGeneration, PreviousGeneration, BuildingGeneration }.OfType<int>().Distinct();

    /// <summary>The number of the next generation.</summary>
    [JsonIgnore]
    public int NextGeneration => Math.Max(LastGeneration ?? 0, Generations.Max()) + 1;
}
