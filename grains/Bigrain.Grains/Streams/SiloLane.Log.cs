using Bigrain.Index.Log;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Streams;

internal sealed partial class SiloLane
{
    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "silo {Silo} cannot be told of stream {Stream}; it reads the log when it is back")]
    private static partial void LogUnreachable(ILogger logger, Exception error, string silo, StreamKey stream);
}
