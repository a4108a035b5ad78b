namespace Bigrain.Index.Schema;

/// <summary>One representation of a collection's documents.</summary>
/// <param name="Name">Name; <c>default</c> for the short form.</param>
/// <param name="Kind">Shape.</param>
/// <param name="Dimension">Number of elements, 1 to 16,384.</param>
/// <param name="Metric">How vectors are compared.</param>
/// <param name="DenseType">Element type of the dense records.</param>
/// <param name="Codec">Wish for the coarse code.</param>
/// <param name="CoarseSource">Where the codes come from.</param>
public sealed record RepresentationSchema(
    string Name,
    RepresentationKind Kind,
    int Dimension,
    Metric Metric,
    DenseType DenseType,
    CodecSpec Codec,
    CoarseSource CoarseSource);
