namespace Bigrain.Index.Log;

/// <summary>Content of a stream's EPOCH: who may append to its log.</summary>
/// <param name="Epoch">Grows by one with each owner, from 1.</param>
/// <param name="Owner">Random text of the owner: tells its own write from another's after a lost reply.</param>
/// <param name="Floor">First sequence that may still exist; entries below it may be deleted.</param>
public sealed record StreamEpoch(long Epoch, string Owner, long Floor);
