using Bigrain.Index.Partitions;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Replicas;

internal sealed partial class ReplicaHostGrain
{
    [LoggerMessage(EventId = 3311, Level = LogLevel.Warning, Message = "partition {Key} could not apply entry {Sequence}; it reads the log before it answers")]
    private static partial void LogNotApplied(ILogger logger, Exception error, PartitionKey key, long sequence);
}
