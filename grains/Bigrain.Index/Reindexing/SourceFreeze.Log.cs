using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Reindexing;

internal sealed partial class SourceFreeze
{
    [LoggerMessage(
        EventId = 1601,
        Level = LogLevel.Information,
        Message = "{Left} of {Count} partitions of collection {Collection} could not be frozen in time; their tails are taken from the log")]
    private partial void LogTailsStay(Exception? error, int left, int count, string collection);
}
