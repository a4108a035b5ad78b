using Bigrain.Index.Partitions;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Replicas;

internal sealed partial class ReplicaSupervisor
{
    [LoggerMessage(EventId = 3301, Level = LogLevel.Information, Message = "partition {Key} belongs to this silo now and is loaded")]
    private static partial void LogTaking(ILogger logger, PartitionKey key);

    [LoggerMessage(EventId = 3302, Level = LogLevel.Information, Message = "partition {Key} belongs to other silos now, which are ready; it is unloaded here")]
    private static partial void LogLeaving(ILogger logger, PartitionKey key);

    [LoggerMessage(EventId = 3303, Level = LogLevel.Information, Message = "the collection of partition {Key} is gone; it is unloaded")]
    private static partial void LogDropped(ILogger logger, PartitionKey key);

    [LoggerMessage(EventId = 3304, Level = LogLevel.Debug, Message = "silo {Silo} did not answer the exchange")]
    private static partial void LogNoAnswer(ILogger logger, Exception error, string silo);

    [LoggerMessage(EventId = 3305, Level = LogLevel.Warning, Message = "an exchange of replicas failed; the next one tries again")]
    private static partial void LogRoundFailed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 3306, Level = LogLevel.Information, Message = "leaving: {Count} partitions are handed over")]
    private static partial void LogHandingOver(ILogger logger, int count);

    [LoggerMessage(EventId = 3307, Level = LogLevel.Warning, Message = "leaving before {Count} partitions were ready on other silos")]
    private static partial void LogNotHandedOver(ILogger logger, int count);
}
