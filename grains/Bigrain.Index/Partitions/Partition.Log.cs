using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

public sealed partial class Partition
{
    [LoggerMessage(EventId = 1101, Level = LogLevel.Information, Message = "opened partition {Key}: {SegmentCount} segments, {TailRows} rows replayed from the log")]
    private partial void LogOpened(PartitionKey key, int segmentCount, int tailRows);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Debug, Message = "froze {TailCount} tails of partition {Key} into {Slots} slots")]
    private partial void LogFrozen(PartitionKey key, int tailCount, int slots);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Debug, Message = "merged {SegmentCount} segments of partition {Key} into {Slots} slots")]
    private partial void LogMerged(PartitionKey key, int segmentCount, int slots);
}
