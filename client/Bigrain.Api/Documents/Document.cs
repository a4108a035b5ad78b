using System.Text.Json.Serialization;
using Bigrain.Api.Serialization;

namespace Bigrain.Api.Documents;

/// <summary>A document to write. The default vector comes as <see cref="Vector"/> or as <see cref="VectorBase64"/>, never both.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class Document
{
    /// <summary>Id, 1 to 512 bytes of UTF-8.</summary>
    public string? Id { get; set; }

    /// <summary>The default vector as numbers.</summary>
    public float[]? Vector { get; set; }

    /// <summary>The default vector as little-endian float32; base64 on the wire. The fast form.</summary>
    public byte[]? VectorBase64 { get; set; }

    /// <summary>Vectors of further dense representations by name.</summary>
    public Dictionary<string, float[]>? Vectors { get; set; }

    /// <summary>Vectors of sparse representations by name.</summary>
    public Dictionary<string, SparseVector>? Sparse { get; set; }

    /// <summary>Text for a collection that was made with text.</summary>
    public string? Text { get; set; }

    /// <summary>Any JSON object up to 64 KiB.</summary>
    public RawJson? Payload { get; set; }

    /// <summary>When the document stops being found.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Write only if the stored document has this <see cref="StoredDocument.Version"/>; <c>0</c>: only if there is none. One document
    /// that has another version keeps all of the request out that goes to the same stream: 409, with the rows that were not written.</summary>
    public string? IfVersion { get; set; }
}
