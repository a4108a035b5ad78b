namespace Bigrain.Index.Queries;

/// <summary>Which silo is asked for a partition.</summary>
/// <param name="Partition">Partition number.</param>
/// <param name="Replica">Replica number.</param>
/// <param name="Silo">Stable name of the silo.</param>
public readonly record struct PartitionTarget(int Partition, int Replica, string Silo);
