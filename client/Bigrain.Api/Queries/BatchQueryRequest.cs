using System.Text.Json.Serialization;

namespace Bigrain.Api.Queries;

/// <summary>Body of <c>POST /v1/collections/{c}/query/batch</c>: exactly one of queries, vectors and vectorsBase64.</summary>
/// <remarks>With <see cref="Vectors"/> or <see cref="VectorsBase64"/> the settings of this object hold for every query, which
/// lets the server share its scans; <see cref="Queries"/> carry their own and ignore these.</remarks>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class BatchQueryRequest : QuerySettings
{
    /// <summary>Whole queries, each with its settings.</summary>
    public IReadOnlyList<QueryRequest>? Queries { get; set; }

    /// <summary>Query vectors as numbers.</summary>
    public IReadOnlyList<float[]>? Vectors { get; set; }

    /// <summary>Query vectors as little-endian float32, row after row; base64 on the wire. The fast form.</summary>
    public byte[]? VectorsBase64 { get; set; }

    /// <summary>A copy with the same values; what they refer to is shared.</summary>
    public BatchQueryRequest Copy() => (BatchQueryRequest)MemberwiseClone();
}
