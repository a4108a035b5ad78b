using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>Content of a collection's HEAD: the only mutable record of the collection as a whole.</summary>
/// <param name="Name">Name of the collection.</param>
/// <param name="Incarnation">This life of the name.</param>
/// <param name="Schema">Shape of the documents and their spread.</param>
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
    DateTimeOffset CreatedAt);
