namespace Bigrain.Contracts.Collections;

/// <summary>A payload field declared for filters.</summary>
/// <param name="Name">Name in the payload.</param>
/// <param name="Type">Type by its wire name (<c>int64</c>).</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.WireField")]
public sealed record WireField([property: Id(0)] string Name, [property: Id(1)] string Type);
