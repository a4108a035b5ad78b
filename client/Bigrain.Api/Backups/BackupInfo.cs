namespace Bigrain.Api.Backups;

/// <summary>A backup that is whole.</summary>
public sealed class BackupInfo
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The collection it was made of.</summary>
    public string Collection { get; set; } = "";

    /// <summary>When it was begun.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Blobs in it.</summary>
    public long Blobs { get; set; }

    /// <summary>Bytes of these.</summary>
    public long Bytes { get; set; }

    /// <summary>Blobs that no earlier backup had when it was made.</summary>
    public long CopiedBlobs { get; set; }

    /// <summary>Bytes of these.</summary>
    public long CopiedBytes { get; set; }
}
