using System.Text.Json.Serialization;

namespace Bigrain.Api.Backups;

/// <summary>Body of <c>POST /v1/backups/{name}/restore</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class RestoreBackupRequest
{
    /// <summary>Name of the collection to make; null: the name it was made of.</summary>
    public string? Collection { get; set; }

    /// <summary>Whether a collection of that name is replaced.</summary>
    public bool Replace { get; set; }
}
