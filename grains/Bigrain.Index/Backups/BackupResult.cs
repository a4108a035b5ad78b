namespace Bigrain.Index.Backups;

/// <summary>What a backup job made.</summary>
/// <param name="Name">Name of the backup.</param>
/// <param name="BlobCount">Blobs in it.</param>
/// <param name="Bytes">Bytes of these.</param>
/// <param name="CopiedCount">Blobs that no earlier backup had.</param>
/// <param name="CopiedBytes">Bytes of these.</param>
public sealed record BackupResult(string Name, long BlobCount, long Bytes, long CopiedCount, long CopiedBytes);
