namespace Bigrain.Grains.Streams;

/// <summary>Where the entries of a stream go on one silo.</summary>
/// <param name="Collection">Name of the collection.</param>
/// <param name="Generation">Generation of the partitions.</param>
/// <param name="Partitions">Partitions on that silo that follow the stream.</param>
internal sealed record LaneAddress(string Collection, int Generation, int[] Partitions);
