using Bigrain.Index.Partitions;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Replicas;

internal sealed partial class PartitionBuilds
{
    [LoggerMessage(EventId = 3450, Level = LogLevel.Information, Message = "Built partition {Partition}: {Documents} documents in {Segments} segments, {Bytes} bytes")]
    private static partial void LogBuilt(ILogger logger, PartitionKey partition, long documents, int segments, long bytes);

    [LoggerMessage(EventId = 3451, Level = LogLevel.Warning, Message = "Partition {Partition} could not be built")]
    private static partial void LogBuildFailed(ILogger logger, Exception error, PartitionKey partition);
}
