using Microsoft.Extensions.Logging;

namespace Bigrain.Silo.Jobs;

internal sealed partial class JobRegistry
{
    [LoggerMessage(EventId = 4201, Level = LogLevel.Warning, Message = "job {Kind} on {Collection} failed")]
    private static partial void LogFailed(ILogger logger, Exception error, string kind, string collection);
}
