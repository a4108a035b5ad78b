using System.Collections.Immutable;

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
    DateTimeOffset CreatedAt);
