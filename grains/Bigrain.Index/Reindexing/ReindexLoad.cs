using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Reindexing;

/// <summary>Has all owners of a generation load it, and keep it while it does not answer yet.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="journal">What was decided.</param>
internal sealed class ReindexLoad(ReindexParts parts, ReindexJournal journal)
{
    /// <summary>Loads the generation and waits until it has read the log.</summary>
    public async Task CatchUpAsync(CollectionHead head, GenerationRecord target, CancellationToken cancellationToken)
    {
        journal.Job.Unit = "partitions";
        await journal.SaveAsync("catchingUp", 0, target.PartitionCount, cancellationToken);
        parts.FailPoints.Hit("reindex.catchingUp");
        await OpenAsync(head, target, cancellationToken);
        await journal.Job.ReportAsync(target.PartitionCount, target.PartitionCount, cancellationToken);
    }

    /// <summary>Loads the generation on all owners.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: it does not fit into memory for too long.</exception>
    public async Task OpenAsync(CollectionHead head, GenerationRecord target, CancellationToken cancellationToken)
    {
        ImmutableArray<PartitionKey> partitions = target.KeysOf(journal.Incarnation);
        long began = parts.Services.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await parts.Cluster.OpenAsync(head, partitions, cancellationToken);
                return;
            }
            catch (BigrainException error) when (error.Code == ErrorCode.Overloaded)
            {
                if (parts.Services.Time.GetElapsedTime(began) > parts.MemoryPatience)
                {
                    throw ReindexRules.Conflict($"generation {target.Generation} does not fit beside generation {head.CurrentGeneration}: {error.Message}");
                }

                await Task.Delay(parts.PollPeriod, parts.Services.Time, cancellationToken);
            }
        }
    }

    /// <summary>Keeps the generation loaded while it is looked at: nobody else asks for it yet.</summary>
    public async Task KeepAsync(CollectionHead head, GenerationRecord target, CancellationToken cancellationToken)
    {
        ImmutableArray<PartitionKey> partitions = target.KeysOf(journal.Incarnation);
        while (true)
        {
            await Task.Delay(parts.KeepPeriod, parts.Services.Time, cancellationToken);
            try
            {
                await parts.Cluster.OpenAsync(head, partitions, cancellationToken);
            }
            catch (BigrainException)
            {
                // What cannot be loaded fails the step that needs it.
            }
        }
    }
}
