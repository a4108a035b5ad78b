using Microsoft.Extensions.Logging;

namespace Bigrain.Storage.LocalCopies;

public sealed partial class LocalCopyCache
{
    [LoggerMessage(EventId = 2201, Level = LogLevel.Information, Message = "local copies at {Path}: {Count} files of {Bytes} bytes found, budget {BudgetBytes}")]
    private static partial void LogOpened(ILogger logger, string path, int count, long bytes, long budgetBytes);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Warning, Message = "local copy of {BlobName} does not match its checksum: fetched again")]
    private static partial void LogRotten(ILogger logger, string blobName);

    [LoggerMessage(EventId = 2203, Level = LogLevel.Warning, Message = "could not remove the local copy {Path}")]
    private static partial void LogNotRemoved(ILogger logger, string path, Exception error);
}
