using System.Net;
using Microsoft.Extensions.Logging;

namespace Bigrain.Silo.Membership;

internal sealed partial class JoinGuard
{
    [LoggerMessage(EventId = 4221, Level = LogLevel.Warning, Message = "the name {Name} belongs to a living silo at {EndPoint}; waiting up to {Limit} for it to go")]
    private static partial void LogNameTaken(ILogger logger, string name, IPEndPoint endPoint, TimeSpan limit);

    [LoggerMessage(EventId = 4222, Level = LogLevel.Information, Message = "declared {Name} at {EndPoint} dead: its process is gone")]
    private static partial void LogDeclaredDead(ILogger logger, string name, IPEndPoint endPoint);

    [LoggerMessage(EventId = 4223, Level = LogLevel.Warning, Message = "cannot look for crashed silos")]
    private static partial void LogSweepFailed(ILogger logger, Exception error);
}
