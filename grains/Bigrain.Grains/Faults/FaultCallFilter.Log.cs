using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Faults;

internal sealed partial class FaultCallFilter
{
    [LoggerMessage(EventId = 3001, Level = LogLevel.Error, Message = "unexpected error in {Interface}.{Method}")]
    private static partial void LogUnexpected(ILogger logger, Exception error, string @interface, string method);
}
