using Microsoft.Extensions.Logging;

namespace Bigrain.Silo.Membership;

internal sealed partial class MembershipWatchdog
{
    [LoggerMessage(EventId = 4211, Level = LogLevel.Critical,
        Message = "membership lost: {Reason}; this silo refuses writes and ends soon, so that it can be started into the new table")]
    private static partial void LogLost(ILogger logger, string reason);

    [LoggerMessage(EventId = 4212, Level = LogLevel.Critical, Message = "ending, membership lost: {Reason}")]
    private static partial void LogExiting(ILogger logger, string reason);

    [LoggerMessage(EventId = 4213, Level = LogLevel.Warning,
        Message = "the membership table cannot be read ({Cause}): silos keep serving, but none can join or be evicted until it can")]
    private static partial void LogUnreadable(ILogger logger, string cause);

    [LoggerMessage(EventId = 4214, Level = LogLevel.Information, Message = "the membership table can be read again, after {Failed} failures")]
    private static partial void LogReadable(ILogger logger, int failed);
}
