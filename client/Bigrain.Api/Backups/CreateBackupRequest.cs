using System.Text.Json.Serialization;

namespace Bigrain.Api.Backups;

/// <summary>Body of <c>POST /v1/collections/{c}/backup</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class CreateBackupRequest
{
    /// <summary>Name of the backup.</summary>
    public string? Name { get; set; }
}
