using Bigrain.Grains.Partitions;

namespace Bigrain.Grains.Replicas;

/// <summary>Settings that the care for replicas reads.</summary>
/// <param name="Keeping">Loading and unloading.</param>
/// <param name="Replicas">Exchange and handover.</param>
internal sealed record ReplicaSettings(KeeperOptions Keeping, ReplicaOptions Replicas);
