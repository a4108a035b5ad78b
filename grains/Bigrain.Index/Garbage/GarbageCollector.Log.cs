using Bigrain.Index.Log;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Garbage;

public sealed partial class GarbageCollector
{
    [LoggerMessage(EventId = 1401, Level = LogLevel.Information, Message = "garbage: {Found} blobs found, {Deleted} deleted (deleting: {Deletes})")]
    private partial void LogDone(long found, long deleted, bool deletes);

    [LoggerMessage(EventId = 1402, Level = LogLevel.Warning, Message = "the log of stream {Stream} was not shortened; the next pass tries again")]
    private partial void LogCannotTrim(Exception failure, StreamKey stream);

    [LoggerMessage(EventId = 1403, Level = LogLevel.Information, Message = "another collector wrote its candidates first; those of this pass are found again")]
    private partial void LogOvertaken();
}
