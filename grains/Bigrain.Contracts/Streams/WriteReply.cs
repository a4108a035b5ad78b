namespace Bigrain.Contracts.Streams;

/// <summary>A batch is durable in one stream.</summary>
/// <param name="Stream">Stream number.</param>
/// <param name="Sequence">Sequence of the log blob that holds it.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.WriteReply")]
public sealed record WriteReply(
    [property: Id(0)] int Stream,
    [property: Id(1)] long Sequence);
