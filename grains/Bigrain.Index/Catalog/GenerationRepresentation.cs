using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>How one representation is coded in a generation.</summary>
/// <param name="Name">Name of the representation.</param>
/// <param name="Codec">Wish for the coarse code; what a segment really has is in its manifest.</param>
public sealed record GenerationRepresentation(string Name, CodecSpec Codec);
