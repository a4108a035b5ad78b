using Microsoft.Extensions.Logging;

namespace Bigrain.Storage.BlockCache;

internal sealed partial class DiskBlocks
{
    [LoggerMessage(EventId = 2301, Level = LogLevel.Information, Message = "block cache at {Path}: {Count} of {SlotCount} blocks found")]
    private static partial void LogOpened(ILogger logger, string path, int count, int slotCount);

    [LoggerMessage(EventId = 2302, Level = LogLevel.Warning, Message = "block cache at {Path} cannot be written and takes no more blocks until the next start")]
    private static partial void LogNotWritable(ILogger logger, string path, Exception error);

    [LoggerMessage(EventId = 2303, Level = LogLevel.Warning, Message = "a cached block on disk does not match its checksum: it is fetched again")]
    private static partial void LogRotten(ILogger logger);
}
