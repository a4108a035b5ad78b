using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Jobs;

internal sealed partial class JobGrain
{
    [LoggerMessage(EventId = 3601, Level = LogLevel.Error, Message = "job {Id} could not be run; it is tried again")]
    private static partial void LogLoopFailed(ILogger logger, Exception error, string id);
}
