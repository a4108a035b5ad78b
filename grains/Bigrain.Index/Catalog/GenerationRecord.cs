using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>Content of a generation's GENERATION: what every segment of one build shares. Never changes.</summary>
/// <param name="Generation">Its number, from 1.</param>
/// <param name="PartitionCount">Partitions (P).</param>
/// <param name="RotationSeed">Seed of the structured rotation that codes are made with.</param>
/// <param name="Representations">Per representation of the schema, in its order.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record GenerationRecord(
    int Generation,
    int PartitionCount,
    ulong RotationSeed,
    ImmutableArray<GenerationRepresentation> Representations,
    DateTimeOffset CreatedAt)
{
    /// <summary>Per partition the generation in whose folder it is: how a generation that rebuilds a few partitions shares the others.
    /// Null: all are its own. A partition is opened with the GENERATION of its home.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<int>? Homes { get; init; }

    /// <summary>Whether its codes and queries are those of a trained model.</summary>
    [JsonIgnore]
    public bool HasModel => Representations[0].CoarseSource == CoarseSource.Head;

    /// <summary>Oldest reader that can use the generation.</summary>
    [JsonIgnore]
    public int NeededReaderVersion => HasModel
        ? 3
        : Homes is not null || Representations.Any(representation => representation.DenseType is not null || representation.Tables is not null) ? 2 : 1;

    /// <summary>The generation in whose folder a partition is.</summary>
    public int HomeOf(int partition) => Homes is { } homes ? homes[partition] : Generation;

    /// <summary>The collection's schema as this generation keeps it.</summary>
    /// <param name="created">The schema of HEAD.</param>
    public CollectionSchema SchemaOf(CollectionSchema created)
    {
        ArgumentNullException.ThrowIfNull(created);
        return created with
        {
            PartitionCount = PartitionCount,
            Representations =
            [
                .. created.Representations.Select((representation, i) => representation with
                {
                    Codec = Representations[i].Codec,
                    CoarseSource = Representations[i].CoarseSource ?? representation.CoarseSource,
                    DenseType = Representations[i].DenseType ?? representation.DenseType,
                }),
            ],
        };
    }
}
