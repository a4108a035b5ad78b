using Bigrain.Index.Log;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Streams;

internal sealed partial class EntryPusher
{
    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "entry {Sequence} of stream {Stream} could not be passed on; trying again")]
    private static partial void LogPushFailed(ILogger logger, Exception error, StreamKey stream, long sequence);

    [LoggerMessage(EventId = 3202, Level = LogLevel.Warning, Message = "entry {Sequence} of stream {Stream} stays in the log only: its partition cannot take it")]
    private static partial void LogNotPushed(ILogger logger, Exception error, StreamKey stream, long sequence);
}
