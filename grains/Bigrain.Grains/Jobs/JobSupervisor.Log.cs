using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Jobs;

internal sealed partial class JobSupervisor
{
    [LoggerMessage(EventId = 3611, Level = LogLevel.Warning, Message = "the jobs could not be looked through; the next round tries again")]
    private static partial void LogLookFailed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 3612, Level = LogLevel.Error, Message = "the record of job {Id} is damaged; it is not run")]
    private static partial void LogDamaged(ILogger logger, Exception error, string id);

    [LoggerMessage(EventId = 3613, Level = LogLevel.Warning, Message = "THIS PROCESS WILL KILL ITSELF at fail point {Name}: BIGRAIN_FAIL_POINT is set")]
    private static partial void LogFailPoint(ILogger logger, string name);
}
