using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Garbage;

internal sealed partial class GarbageSchedule
{
    [LoggerMessage(EventId = 3801, Level = LogLevel.Warning, Message = "garbage collection could not be started; trying again")]
    private static partial void LogNotStarted(ILogger logger, Exception error);
}
