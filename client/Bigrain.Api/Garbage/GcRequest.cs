using System.Text.Json.Serialization;

namespace Bigrain.Api.Garbage;

/// <summary>Body of <c>POST /v1/gc</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class GcRequest
{
    /// <summary>Whether to delete; otherwise the job only reports and changes nothing. Default false.</summary>
    public bool Delete { get; set; }

    /// <summary>Age in seconds that a blob must have to be deleted; null is the server's setting.</summary>
    public double? GraceSeconds { get; set; }
}
