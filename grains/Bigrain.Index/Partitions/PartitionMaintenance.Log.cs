using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

internal sealed partial class PartitionMaintenance
{
    [LoggerMessage(EventId = 1102, Level = LogLevel.Debug, Message = "froze {TailCount} tails of partition {Key} into {Slots} slots")]
    private partial void LogFrozen(PartitionKey key, int tailCount, int slots);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Debug, Message = "merged {SegmentCount} segments of partition {Key} into {Slots} slots")]
    private partial void LogMerged(PartitionKey key, int segmentCount, int slots);
}
