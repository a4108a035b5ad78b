using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

public sealed partial class Partition
{
    [LoggerMessage(EventId = 1101, Level = LogLevel.Information, Message = "opened partition {Key}: {SegmentCount} segments, {TailRows} rows replayed from the log")]
    private partial void LogOpened(PartitionKey key, int segmentCount, int tailRows);

    [LoggerMessage(EventId = 1104, Level = LogLevel.Information, Message = "partition {Key} follows revision {Revision} of its manifest")]
    private partial void LogFollowed(PartitionKey key, long revision);
}
