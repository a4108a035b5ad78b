using Bigrain.Contracts.Replicas;

namespace Bigrain.Grains.Streams;

/// <summary>Where the entries of a stream go on one silo.</summary>
/// <param name="Collection">Name of the collection.</param>
/// <param name="Generation">The current generation.</param>
/// <param name="Partitions">Partitions of the current generation's own on that silo that follow the stream.</param>
/// <param name="Others">Partitions in the folders of other generations there that follow it.</param>
internal sealed record LaneAddress(string Collection, int Generation, int[] Partitions, PartitionPlace[] Others);
