namespace Bigrain.Contracts.Partitions;

/// <summary>State of one replica of a partition, for people and dashboards.</summary>
/// <param name="Key">The grain key <c>{incarnation}/{g}/{p}/{replica}</c>.</param>
/// <param name="Silo">Name of the silo it is on.</param>
/// <param name="Readiness">How far it is from answering.</param>
/// <param name="DocumentCount">Live documents, tail included.</param>
/// <param name="TailCount">Rows in the tail.</param>
/// <param name="SegmentCount">Segments.</param>
/// <param name="CoarseBytes">Bytes of coarse codes and what belongs to them.</param>
/// <param name="TailBytes">Bytes of tails.</param>
/// <param name="Codecs">Coarse codecs of its segments, distinct, in order.</param>
/// <param name="Failure">Why the last load failed; null unless it did.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.PartitionStatus")]
public sealed record PartitionStatus(
    [property: Id(0)] string Key,
    [property: Id(1)] string Silo,
    [property: Id(2)] PartitionReadiness Readiness,
    [property: Id(3)] long DocumentCount,
    [property: Id(4)] long TailCount,
    [property: Id(5)] int SegmentCount,
    [property: Id(6)] long CoarseBytes,
    [property: Id(7)] long TailBytes,
    [property: Id(8)] string[] Codecs,
    [property: Id(9)] string? Failure);
