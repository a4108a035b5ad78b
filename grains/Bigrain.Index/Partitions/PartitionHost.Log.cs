using Bigrain.Index.Segments;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

public sealed partial class PartitionHost
{
    [LoggerMessage(EventId = 1111, Level = LogLevel.Error, Message = "segment {Location} is corrupt and refused: run verify, then restore it from a backup")]
    private partial void LogCorrupt(Exception damage, SegmentLocation location);

    [LoggerMessage(EventId = 1112, Level = LogLevel.Warning, Message = "partition {Key} cannot read its log: answers are flagged as behind")]
    private partial void LogCannotCatchUp(Exception failure, PartitionKey key);

    [LoggerMessage(EventId = 1113, Level = LogLevel.Debug, Message = "partition {Key} was closed before it opened")]
    private partial void LogNeverOpened(Exception failure, PartitionKey key);
}
