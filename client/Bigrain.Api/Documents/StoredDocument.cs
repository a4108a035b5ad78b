using Bigrain.Api.Serialization;

namespace Bigrain.Api.Documents;

/// <summary>A document as read back; also the answer of <c>GET /v1/collections/{c}/documents/{id}</c>.</summary>
public sealed class StoredDocument
{
    /// <summary>Id.</summary>
    public string Id { get; set; } = "";

    /// <summary>The default vector as numbers; bit-exact for fp32 records.</summary>
    public float[]? Vector { get; set; }

    /// <summary>The default vector as little-endian float32, where asked for.</summary>
    public byte[]? VectorBase64 { get; set; }

    /// <summary>Payload as it was written.</summary>
    public RawJson? Payload { get; set; }

    /// <summary>When the document stops being found.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Which write made it; what <see cref="Document.IfVersion"/> wants.</summary>
    public string? Version { get; set; }
}
