using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bigrain.Silo.Problems;

internal sealed partial class ProblemMiddleware
{
    [LoggerMessage(EventId = 4101, Level = LogLevel.Error, Message = "{Method} {Path} failed; trace {TraceId}")]
    private static partial void LogFailed(ILogger logger, Exception error, string method, PathString path, string traceId);
}
