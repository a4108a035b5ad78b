using Bigrain.Index.Partitions;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Partitions;

internal sealed partial class PartitionKeeper
{
    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "partition {Key} could not be loaded; the next use tries again")]
    private static partial void LogLoadFailed(ILogger logger, Exception error, PartitionKey key);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Warning, Message = "maintenance of partition {Key} failed; it is tried again")]
    private static partial void LogMaintenanceFailed(ILogger logger, Exception error, PartitionKey key);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning, Message = "the manifest of partition {Key} was changed by another silo; it is followed")]
    private static partial void LogFenced(ILogger logger, PartitionKey key);

    [LoggerMessage(EventId = 3104, Level = LogLevel.Information, Message = "partition {Key} is idle and is unloaded")]
    private static partial void LogIdle(ILogger logger, PartitionKey key);
}
