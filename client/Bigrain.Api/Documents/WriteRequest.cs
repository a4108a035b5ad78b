using System.Text.Json.Serialization;

namespace Bigrain.Api.Documents;

/// <summary>Body of <c>POST /v1/collections/{c}/documents</c>, and one line of its newline-delimited form.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class WriteRequest
{
    /// <summary>The documents: all are written or none.</summary>
    public IReadOnlyList<Document>? Documents { get; set; }

    /// <summary>Name of this request, up to 128 bytes: sent again within an hour it changes nothing more.</summary>
    public string? BatchId { get; set; }
}
