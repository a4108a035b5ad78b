using Bigrain.Index.Manifests;

namespace Bigrain.Index.Backups;

/// <summary>One partition in a backup.</summary>
/// <param name="Partition">Partition number.</param>
/// <param name="Home">Generation in whose folder it is.</param>
/// <param name="Manifest">Its manifest when the backup was made.</param>
public sealed record BackupPartition(int Partition, int Home, PartitionManifest Manifest);
