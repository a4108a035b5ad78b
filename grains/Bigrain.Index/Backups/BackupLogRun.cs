namespace Bigrain.Index.Backups;

/// <summary>Log entries of one stream whose copies are in one folder, both ends included.</summary>
/// <param name="Folder">Where the copies are.</param>
/// <param name="First">First sequence.</param>
/// <param name="Last">Last sequence.</param>
public sealed record BackupLogRun(string Folder, long First, long Last);
