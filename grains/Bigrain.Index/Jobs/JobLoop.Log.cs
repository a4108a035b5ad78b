using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Jobs;

public sealed partial class JobLoop
{
    [LoggerMessage(EventId = 1501, Level = LogLevel.Information, Message = "job {Id} is run here, attempt {Attempt}")]
    private partial void LogTaken(string id, int attempt);

    [LoggerMessage(EventId = 1502, Level = LogLevel.Information, Message = "job {Id} ended: {State}")]
    private partial void LogEnded(string id, JobState state);

    [LoggerMessage(EventId = 1503, Level = LogLevel.Warning, Message = "a step of job {Id} failed; it is tried again in {Pause}")]
    private partial void LogTryingAgain(Exception error, string id, TimeSpan pause);

    [LoggerMessage(EventId = 1504, Level = LogLevel.Warning, Message = "job {Id} fails")]
    private partial void LogFails(Exception error, string id);

    [LoggerMessage(EventId = 1505, Level = LogLevel.Information, Message = "job {Id} is run by another silo now")]
    private partial void LogLost(string id);

    [LoggerMessage(EventId = 1506, Level = LogLevel.Debug, Message = "the record of job {Id} cannot be read or written now")]
    private partial void LogRecordUnreachable(Exception error, string id);
}
