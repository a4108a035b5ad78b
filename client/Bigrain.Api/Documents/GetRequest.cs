using System.Text.Json.Serialization;

namespace Bigrain.Api.Documents;

/// <summary>Body of <c>POST /v1/collections/{c}/documents/get</c>.</summary>
/// <remarks><c>GET .../documents/{id}</c> takes the other members as query parameters of the same names.</remarks>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class GetRequest
{
    /// <summary>Ids to read, at most 10,000.</summary>
    public IReadOnlyList<string>? Ids { get; set; }

    /// <summary>Whether to return vectors.</summary>
    public bool IncludeVector { get; set; } = true;

    /// <summary>Whether to return payloads.</summary>
    public bool IncludePayload { get; set; } = true;

    /// <summary>Return vectors as base64 of little-endian float32 instead of numbers.</summary>
    public bool Base64 { get; set; }

    /// <summary><c>session</c> or <c>strong</c>.</summary>
    public string? Consistency { get; set; }

    /// <summary>Token of the last write that must be seen.</summary>
    public string? Token { get; set; }

    /// <summary>Deadline in milliseconds; default 2,000.</summary>
    public int TimeoutMilliseconds { get; set; } = 2_000;

    /// <summary>A copy with the same values; what they refer to is shared.</summary>
    public GetRequest Copy() => (GetRequest)MemberwiseClone();
}
