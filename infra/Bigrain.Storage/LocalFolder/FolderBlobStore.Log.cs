using Microsoft.Extensions.Logging;

namespace Bigrain.Storage.LocalFolder;

public sealed partial class FolderBlobStore
{
    [LoggerMessage(EventId = 2001, Level = LogLevel.Information, Message = "folder store opened at {Path}, removed {Count} unpublished files of crashed writers")]
    private static partial void LogOpened(ILogger logger, string path, int count);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "could not remove the unpublished file {Path}")]
    private static partial void LogNotRemoved(ILogger logger, string path, Exception error);
}
