using System.Text.Json.Serialization;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>How one representation is coded in a generation.</summary>
/// <param name="Name">Name of the representation.</param>
/// <param name="Codec">Wish for the coarse code; what a segment really has is in its manifest.</param>
public sealed record GenerationRepresentation(string Name, CodecSpec Codec)
{
    /// <summary>Element type of its dense records; null: the schema's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DenseType? DenseType { get; init; }

    /// <summary>Where its codes come from; null: the schema's. <see cref="CoarseSource.Head"/>: its tables are a trained model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CoarseSource? CoarseSource { get; init; }

    /// <summary>Its learned tables; null: none, the codec needs no training.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TablesReference? Tables { get; init; }
}
