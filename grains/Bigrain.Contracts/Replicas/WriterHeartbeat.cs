namespace Bigrain.Contracts.Replicas;

/// <summary>How far a stream's log goes, by its writer.</summary>
/// <param name="Collection">Name of the collection.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Generation">Generation of the partitions.</param>
/// <param name="Partitions">Partitions that follow the stream and belong to the silo.</param>
/// <param name="Stream">Stream number.</param>
/// <param name="Epoch">The writer's epoch: what an older one says counts no more.</param>
/// <param name="LastSequence">Last sequence that it acknowledged.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.WriterHeartbeat")]
public sealed record WriterHeartbeat(
    [property: Id(0)] string Collection,
    [property: Id(1)] string Incarnation,
    [property: Id(2)] int Generation,
    [property: Id(3)] int[] Partitions,
    [property: Id(4)] int Stream,
    [property: Id(5)] long Epoch,
    [property: Id(6)] long LastSequence)
{
    /// <summary>Partitions of other generations on the silo: those that the current one shares, the previous one and one being built. Null
    /// from a silo of a release that knows only one generation.</summary>
    [Id(7)]
    public PartitionPlace[]? Others { get; init; }
}
