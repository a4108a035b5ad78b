namespace Bigrain.Contracts.Replicas;

/// <summary>A committed log entry on its way to the partitions of one silo.</summary>
/// <param name="Collection">Name of the collection.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Generation">Generation of the partitions.</param>
/// <param name="Partitions">Partitions that follow the stream and belong to the silo.</param>
/// <param name="Stream">Stream number.</param>
/// <param name="Sequence">Sequence of the entry.</param>
/// <param name="Entry">The log blob as stored; nobody writes to it after the call was made.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.EntryPush")]
public sealed record EntryPush(
    [property: Id(0)] string Collection,
    [property: Id(1)] string Incarnation,
    [property: Id(2)] int Generation,
    [property: Id(3)] int[] Partitions,
    [property: Id(4)] int Stream,
    [property: Id(5)] long Sequence,
    [property: Id(6)] byte[] Entry)
{
    /// <summary>Partitions of other generations on the silo: those that the current one shares, the previous one and one being built. Null
    /// from a silo of a release that knows only one generation.</summary>
    [Id(7)]
    public PartitionPlace[]? Others { get; init; }
}
