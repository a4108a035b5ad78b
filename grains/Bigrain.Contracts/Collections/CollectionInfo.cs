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
    [property: Id(3)] WireSchema Schema)
{
    /// <summary>The generation before, kept for rollback; null when there is none.</summary>
    [Id(4)]
    public int? Previous { get; init; }

    /// <summary>The generation that is built or waits to be published; null when there is none.</summary>
    [Id(5)]
    public int? Building { get; init; }
}
