using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Reindexing;

/// <summary>Swaps the generation that answers, forth or back, waits for the one before to leave memory, and gives one up.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="journal">What was decided.</param>
internal sealed class ReindexPublish(ReindexParts parts, ReindexJournal journal)
{
    private const string PublishedStage = "published";
    private const string DrainingStage = "draining";

    /// <summary>Whether the generation was published. The record says so, or HEAD, where a generation that was built is named as the
    /// one before only once it has answered: a runner that ended between the swap and its next save left no other sign.</summary>
    public bool IsDone(CollectionHead head, GenerationRecord target) =>
        journal.Job.Record is { IsCommitted: true, Stage: PublishedStage or DrainingStage }
        || (journal.Request.Action is ReindexAction.Build or ReindexAction.Publish && head.PreviousGeneration == target.Generation);

    /// <summary>Makes a generation the present one, by one compare-and-swap of HEAD.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: HEAD is not what the generation was verified against.</exception>
    public async Task PublishAsync(GenerationRecord target, CancellationToken cancellationToken)
    {
        parts.FailPoints.Hit("reindex.publishing");

        // Before the swap: whoever cancels from now on is told that it is too late, and never that nothing was published when it was.
        await journal.Job.SaveAsync(static record => record with { IsCommitted = true }, cancellationToken);
        DateTimeOffset now = parts.Services.Time.GetUtcNow();
        int from = journal.Body.SourceGeneration!.Value;
        try
        {
            await parts.Catalog.UpdateAsync(
                journal.Job.Collection, journal.Incarnation, was => ReindexRules.Published(was, target.Generation, from, now), cancellationToken);
        }
        catch (BigrainException refused) when (refused.Code == ErrorCode.Conflict)
        {
            // HEAD was not swapped, and never will be: what was built is given up, as with every job that fails before its publish.
            await journal.Job.SaveAsync(static record => record with { IsCommitted = false }, cancellationToken);
            throw;
        }

        parts.Cluster.Forget(journal.Job.Collection);
        parts.FailPoints.Hit("reindex.swapped");
    }

    /// <summary>Waits until the generation that answered before has left memory: its queries are over, and so is the need for both.</summary>
    public async Task DrainAsync(GenerationRecord source, GenerationRecord target, CancellationToken cancellationToken)
    {
        if (journal.Body.Report is { } report)
        {
            journal.Report(report with { Published = true });
        }

        await journal.Job.SaveAsync(static record => record with { IsCommitted = true, Stage = PublishedStage }, cancellationToken);
        parts.FailPoints.Hit("reindex.published");
        ImmutableArray<PartitionKey> leaving = [.. source.KeysOf(journal.Incarnation).Except(target.KeysOf(journal.Incarnation))];
        await journal.SaveAsync(DrainingStage, 0, leaving.Length, cancellationToken);
        parts.FailPoints.Hit("reindex.draining");
        TimeProvider time = parts.Services.Time;
        long began = time.GetTimestamp();
        while (parts.Cluster.IsAnyLoaded(leaving) && time.GetElapsedTime(began) < parts.DrainTimeout)
        {
            await Task.Delay(parts.PollPeriod, time, cancellationToken);
        }

        await journal.SaveAsync(DrainingStage, leaving.Length, leaving.Length, cancellationToken);
    }

    /// <summary>Takes a generation that does not answer out of HEAD.</summary>
    public async Task DiscardAsync(CollectionHead head, CancellationToken cancellationToken)
    {
        if (journal.Body.Generation is null)
        {
            // Chosen once: done again it would give up the next one.
            await journal.SaveAsync(
                journal.Body with { Generation = ReindexRules.Choose(head, ReindexAction.Discard, journal.Request.Previous) }, "planned", 0, 0, cancellationToken);
        }

        int discarded = journal.Body.Generation!.Value;
        await parts.Catalog.UpdateAsync(head.Name, journal.Incarnation, was => ReindexRules.Without(was, discarded), cancellationToken);
        journal.Job.SetResult(new ReindexDiscard(discarded, journal.Request.Previous), FormatJson.Default.ReindexDiscard);
        parts.Cluster.Forget(journal.Job.Collection);
    }
}
