using Bigrain.Index.Log;

namespace Bigrain.Faults.Replicas;

/// <summary>What travels between processes.</summary>
/// <param name="Silo">Number of the silo it is for.</param>
/// <param name="Stream">Stream it speaks of; -1 when a primary says that it has committed a manifest.</param>
/// <param name="Entry">A pushed log entry; null in a heartbeat.</param>
/// <param name="Epoch">Epoch of the writer that sends a heartbeat.</param>
/// <param name="LastSequence">Last sequence that writer acknowledged.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="Partition">Partition whose manifest was committed; -1 for none.</param>
internal sealed record Message(int Silo, int Stream, LogEntry? Entry, long Epoch, long LastSequence, TimeSpan SentAt, int Partition = -1);
