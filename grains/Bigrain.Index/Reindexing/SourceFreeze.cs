using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Reindexing;

/// <summary>Freezes the partitions that a new generation is made of, as many as can be frozen in a limited time.</summary>
/// <remarks>The log above the floors is kept and applied from there, so that a tail that stays costs no document. Only codebooks miss its
/// rows among those they sample.</remarks>
internal sealed partial class SourceFreeze(ReindexParts parts)
{
    // Of many partitions most would only wait for their silo, and their calls would end before their turn.
    private const int Concurrent = 16;

    private readonly ILogger _logger = parts.Services.Loggers.CreateLogger<SourceFreeze>();

    /// <summary>Freezes them.</summary>
    /// <exception cref="BigrainException">A freeze failed in a way that waiting does not mend.</exception>
    public async Task RunAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(parts.FreezePatience, parts.Services.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        int next = -1;
        int frozen = 0;
        Exception? last = null;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(Concurrent, partitions.Length)).Select(_ => FreezeSomeAsync()));
        cancellationToken.ThrowIfCancellationRequested();
        if (frozen < partitions.Length)
        {
            LogTailsStay(last, partitions.Length - frozen, partitions.Length, head.Name);
        }

        async Task FreezeSomeAsync()
        {
            while (!linked.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < partitions.Length)
            {
                try
                {
                    await parts.Cluster.FreezeAsync(head, partitions[index], linked.Token);
                    Interlocked.Increment(ref frozen);
                }
                catch (Exception error) when (MayStay(error) && !cancellationToken.IsCancellationRequested)
                {
                    last = error;
                }
                catch
                {
                    await linked.CancelAsync();
                    throw;
                }
            }
        }
    }

    private static bool MayStay(Exception error) => error
        is OperationCanceledException
        or TimeoutException
        or BigrainException { Code: ErrorCode.Unavailable or ErrorCode.DeadlineExceeded or ErrorCode.Overloaded or ErrorCode.Fenced };
}
