using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

internal sealed partial class LogApplier
{
    [LoggerMessage(EventId = 1105, Level = LogLevel.Warning, Message = "partition {Key} could not read its log in the background; queries try again")]
    private static partial void LogCannotRefresh(ILogger logger, Exception error, PartitionKey key);
}
