namespace Bigrain.Contracts.Collections;

/// <summary>Outcome of a create.</summary>
/// <param name="Created">True when the collection is new; false when an identical one was there.</param>
/// <param name="Collection">The collection as it is now.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.CreateCollectionReply")]
public sealed record CreateCollectionReply(
    [property: Id(0)] bool Created,
    [property: Id(1)] CollectionInfo Collection);
