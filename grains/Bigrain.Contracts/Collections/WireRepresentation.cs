namespace Bigrain.Contracts.Collections;

/// <summary>One representation of a collection's documents.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Shape by its wire name (<c>dense</c>).</param>
/// <param name="Dimension">Number of elements.</param>
/// <param name="Metric">Metric by its wire name (<c>l2</c>, <c>cosine</c>, <c>dot</c>).</param>
/// <param name="DenseType">Element type of the dense records (<c>fp32</c>, <c>fp16</c>, <c>int8</c>).</param>
/// <param name="Codec">Wish for the coarse code as written (<c>rabitq:4</c>).</param>
/// <param name="CoarseSource">Where the codes come from (<c>self</c>).</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.WireRepresentation")]
public sealed record WireRepresentation(
    [property: Id(0)] string Name,
    [property: Id(1)] string Kind,
    [property: Id(2)] int Dimension,
    [property: Id(3)] string Metric,
    [property: Id(4)] string DenseType,
    [property: Id(5)] string Codec,
    [property: Id(6)] string CoarseSource);
