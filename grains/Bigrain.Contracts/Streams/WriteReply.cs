namespace Bigrain.Contracts.Streams;

/// <summary>A batch is durable in one stream.</summary>
/// <param name="Stream">Stream number.</param>
/// <param name="Sequence">Sequence of the log blob that holds it.</param>
/// <param name="Duplicate">Whether a batch of the same id was there before, so that nothing was written now.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.WriteReply")]
public sealed record WriteReply(
    [property: Id(0)] int Stream,
    [property: Id(1)] long Sequence,
    [property: Id(2)] bool Duplicate);
