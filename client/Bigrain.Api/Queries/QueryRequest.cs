using System.Text.Json.Serialization;

namespace Bigrain.Api.Queries;

/// <summary>Body of <c>POST /v1/collections/{c}/query</c>: exactly one of vector, vectorBase64 and text.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class QueryRequest : QuerySettings
{
    /// <summary>The query as numbers.</summary>
    public float[]? Vector { get; set; }

    /// <summary>The query as little-endian float32; base64 on the wire.</summary>
    public byte[]? VectorBase64 { get; set; }

    /// <summary>The query as text, for a collection that was made with text.</summary>
    public string? Text { get; set; }

    /// <summary>A copy with the same values; what they refer to is shared.</summary>
    public QueryRequest Copy() => (QueryRequest)MemberwiseClone();
}
