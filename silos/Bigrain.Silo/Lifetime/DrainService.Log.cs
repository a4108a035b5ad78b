using Microsoft.Extensions.Logging;

namespace Bigrain.Silo.Lifetime;

internal sealed partial class DrainService
{
    [LoggerMessage(EventId = 4301, Level = LogLevel.Information, Message = "stopping: handing partitions over, for at most {Limit}")]
    private static partial void LogDraining(ILogger logger, TimeSpan limit);

    [LoggerMessage(EventId = 4302, Level = LogLevel.Information, Message = "handed over in {Elapsed}")]
    private static partial void LogDrained(ILogger logger, TimeSpan elapsed);

    [LoggerMessage(EventId = 4303, Level = LogLevel.Warning,
        Message = "not everything was handed over in {Elapsed}: stopping anyway; raise Drain:HandOverTimeout if partitions take longer to load")]
    private static partial void LogDrainExpired(ILogger logger, TimeSpan elapsed);

    [LoggerMessage(EventId = 4304, Level = LogLevel.Warning, Message = "handing over failed: stopping anyway")]
    private static partial void LogDrainFailed(ILogger logger, Exception error);
}
