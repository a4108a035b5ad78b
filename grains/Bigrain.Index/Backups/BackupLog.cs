using System.Collections.Immutable;

namespace Bigrain.Index.Backups;

/// <summary>The log of one stream in a backup: from the lowest floor of the partitions that follow it to a fixed end.</summary>
/// <param name="Stream">Stream number.</param>
/// <param name="Epoch">Epoch of its owner when the backup was made; 0 when it was never opened.</param>
/// <param name="First">First sequence that a restored partition replays.</param>
/// <param name="Last">Last sequence in the backup; <paramref name="First"/> - 1 when there is nothing to replay.</param>
/// <param name="Runs">Where the entries are, in order, without a gap.</param>
public sealed record BackupLog(int Stream, long Epoch, long First, long Last, ImmutableArray<BackupLogRun> Runs);
