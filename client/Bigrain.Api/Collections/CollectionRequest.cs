using System.Text.Json.Serialization;

namespace Bigrain.Api.Collections;

/// <summary>Body of <c>PUT /v1/collections/{c}</c>.</summary>
/// <remarks>The short form gives <see cref="Metric"/> and <see cref="Dimension"/>; the long form gives
/// <see cref="Representations"/> instead. What is left out takes the server's default.</remarks>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class CollectionRequest
{
    /// <summary><c>l2</c>, <c>cosine</c> or <c>dot</c>.</summary>
    public string? Metric { get; set; }

    /// <summary>Elements of a vector, 1 to 16,384.</summary>
    public int? Dimension { get; set; }

    /// <summary>Wish for the coarse code: <c>auto</c>, <c>flat</c>, <c>rabitq:BITS</c> or <c>pq:MxBITS</c>.</summary>
    public string? Codec { get; set; }

    /// <summary>Element type of the dense records: <c>fp32</c>, <c>fp16</c> or <c>int8</c>.</summary>
    public string? Dense { get; set; }

    /// <summary>Long form: the representations, the default one first.</summary>
    public IReadOnlyList<RepresentationModel>? Representations { get; set; }

    /// <summary>Partitions of a generation; default 4.</summary>
    public int? Partitions { get; set; }

    /// <summary>Streams, fixed for the life of the collection; default 4.</summary>
    public int? Streams { get; set; }

    /// <summary>Replicas of each partition; default 1.</summary>
    public int? Replicas { get; set; }

    /// <summary>Payload fields declared for filters.</summary>
    public IReadOnlyList<FieldModel>? Fields { get; set; }

    /// <summary>Whether the server turns text into vectors.</summary>
    public bool? Text { get; set; }
}
