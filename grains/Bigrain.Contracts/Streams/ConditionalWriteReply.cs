namespace Bigrain.Contracts.Streams;

/// <summary>What became of a batch with conditions.</summary>
/// <param name="Stream">Stream number.</param>
/// <param name="Sequence">Sequence of the log blob that holds it; 0 when it was refused.</param>
/// <param name="Conflicts">Packed rows whose document has another version, with that version; null when the batch was written.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.ConditionalWriteReply")]
public sealed record ConditionalWriteReply(
    [property: Id(0)] int Stream,
    [property: Id(1)] long Sequence,
    [property: Id(2)] PackedBytes? Conflicts);
