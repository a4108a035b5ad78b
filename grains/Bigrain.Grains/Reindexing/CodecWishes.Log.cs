using Bigrain.Index.Schema;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Reindexing;

internal sealed partial class CodecWishes
{
    [LoggerMessage(EventId = 3901, Level = LogLevel.Information, Message = "collection {Collection} has {Documents} documents, enough to learn {Codec}: it is reindexed")]
    private static partial void LogStarted(ILogger logger, string collection, CodecSpec codec, long documents);

    [LoggerMessage(EventId = 3902, Level = LogLevel.Warning, Message = "cannot tell whether collection {Collection} can have its codec")]
    private static partial void LogLookFailed(ILogger logger, Exception error, string collection);

    [LoggerMessage(EventId = 3903, Level = LogLevel.Warning, Message = "the collections that wait for their codec could not be looked through; the next round tries again")]
    private static partial void LogRoundFailed(ILogger logger, Exception error);
}
