namespace Bigrain.Index.Backups;

/// <summary>Body of a backup job.</summary>
/// <param name="Name">Name of the backup.</param>
/// <param name="StreamCount">Streams of the collection: their logs are kept from the moment the job exists.</param>
public sealed record BackupRequest(string Name, int StreamCount);
