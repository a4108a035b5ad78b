namespace Bigrain.Api.Backups;

/// <summary>Answer of <c>GET /v1/backups</c>.</summary>
public sealed class BackupList
{
    /// <summary>The backups in order of name.</summary>
    public IReadOnlyList<BackupInfo> Backups { get; set; } = [];
}
