using System.Collections.Immutable;

namespace Bigrain.Index.Queries;

/// <summary>Which silos can be asked for a partition.</summary>
/// <param name="Partition">Partition number.</param>
/// <param name="Home">Generation in whose folder it is; the one that answers, unless that shares partitions of an older one.</param>
/// <param name="Silos">Stable names of silos that hold it or should, the one to ask first in front; at least one.</param>
public readonly record struct PartitionTarget(int Partition, int Home, ImmutableArray<string> Silos);
