namespace Bigrain.Contracts.Collections;

/// <summary>A collection as its HEAD says.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Incarnation">Random id of this life of the name.</param>
/// <param name="Generation">The generation that answers queries.</param>
/// <param name="Schema">What its documents look like.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.CollectionInfo")]
public sealed record CollectionInfo(
    [property: Id(0)] string Name,
    [property: Id(1)] string Incarnation,
    [property: Id(2)] int Generation,
    [property: Id(3)] WireSchema Schema);
