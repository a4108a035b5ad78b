namespace Bigrain.Contracts.Replicas;

/// <summary>What a warmed copy of a partition has.</summary>
/// <param name="DocumentCount">Documents in it.</param>
/// <param name="CoarseBytes">Bytes of codes in memory.</param>
/// <param name="DenseBytes">Bytes of dense records that were read.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.WarmReply")]
public sealed record WarmReply(
    [property: Id(0)] long DocumentCount,
    [property: Id(1)] long CoarseBytes,
    [property: Id(2)] long DenseBytes);
