using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Jobs;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Reindexing;

/// <summary>One run of a reindex job, from whatever its record and HEAD say was reached before.</summary>
/// <remarks>
/// <para>1 planned: HEAD gives a number away and names the generation (<see cref="ReindexTarget"/>). 2 building: its partitions are made
/// of pinned manifests (<see cref="ReindexSources"/>, <see cref="ReindexBuild"/>). 3 catching up: all owners load them and read the log
/// (<see cref="ReindexLoad"/>). 4 verifying (<see cref="ReindexVerification"/>). 5 published: one compare-and-swap of HEAD. 6 draining:
/// the generation before leaves memory, but not the store (<see cref="ReindexPublish"/>).</para>
/// <para>Writes go on throughout: every generation that HEAD names follows the same streams. So nothing acknowledged is lost by
/// a publish or a rollback, whichever way and however often.</para>
/// </remarks>
internal sealed class ReindexRun
{
    private readonly ReindexParts _parts;
    private readonly ReindexJournal _journal;
    private readonly ReindexTarget _target;
    private readonly ReindexSources _sources;
    private readonly ReindexBuild _build;
    private readonly ReindexLoad _load;
    private readonly ReindexPublish _publish;

    public ReindexRun(ReindexParts parts, JobContext job, CollectionIncarnation incarnation)
    {
        _parts = parts;
        _journal = new ReindexJournal(job, incarnation);
        _sources = new ReindexSources(parts, _journal);
        _target = new ReindexTarget(parts, _journal, _sources);
        _build = new ReindexBuild(parts, _journal);
        _load = new ReindexLoad(parts, _journal);
        _publish = new ReindexPublish(parts, _journal);
    }

    private ReindexAction Action => _journal.Request.Action;

    private bool MustBuild => Action == ReindexAction.Build && !_journal.Body.IsBuilt;

    /// <summary>Does what is left to do.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        CollectionHead head = await ReadHeadAsync(cancellationToken);
        if (Action == ReindexAction.Discard)
        {
            await _publish.DiscardAsync(head, cancellationToken);
            return;
        }

        // 1
        if (_journal.Body.Generation is null || MustBuild)
        {
            head = Action == ReindexAction.Build ? await _target.PlanAsync(head, cancellationToken) : await _target.ChooseAsync(head, cancellationToken);
        }

        GenerationRecord target = await ReadGenerationAsync(_journal.Body.Generation!.Value, cancellationToken);
        GenerationRecord source = await ReadGenerationAsync(_journal.Body.SourceGeneration!.Value, cancellationToken);

        // 2
        if (MustBuild)
        {
            ImmutableArray<PinnedPartition> pinned = await _sources.PinAsync(head, source, cancellationToken);
            await _build.RunAsync(head, source, target, pinned, cancellationToken);
        }

        if (head.CurrentGeneration != target.Generation)
        {
            // Once published, what took over from it since did so rightly: whoever finishes this job must not undo a rollback.
            if (_publish.IsDone(head, target) || !await TakeOverAsync(head, source, target, cancellationToken))
            {
                return;
            }
        }

        // 6
        await _publish.DrainAsync(source, target, cancellationToken);
    }

    /// <summary>Has a generation that is built answer in the place of the present one.</summary>
    /// <returns>Whether it does; otherwise it was to be verified only.</returns>
    private async Task<bool> TakeOverAsync(CollectionHead head, GenerationRecord source, GenerationRecord target, CancellationToken cancellationToken)
    {
        // 3
        await _load.CatchUpAsync(head, target, cancellationToken);
        using var published = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task kept = _load.KeepAsync(head, target, published.Token);
        try
        {
            // 4
            await VerifyAsync(head, source, target, cancellationToken);
            if (Action == ReindexAction.Verify || (Action == ReindexAction.Build && !_journal.Request.Publish))
            {
                return false;
            }

            // 5
            await _load.OpenAsync(head, target, cancellationToken);
            await _publish.PublishAsync(target, cancellationToken);
            return true;
        }
        finally
        {
            await published.CancelAsync();
            await kept.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task VerifyAsync(CollectionHead head, GenerationRecord source, GenerationRecord target, CancellationToken cancellationToken)
    {
        await _journal.SaveAsync("verifying", 0, target.PartitionCount, cancellationToken);
        _parts.FailPoints.Hit("reindex.verifying");
        _journal.Report(await new ReindexVerification(_parts, head, source, target)
            .RunAsync(_journal.Request, (done, total) => _journal.Job.ReportAsync(done, total, cancellationToken), cancellationToken));
        await _journal.SaveAsync("verifying", target.PartitionCount, target.PartitionCount, cancellationToken);
    }

    private Task<CollectionHead> ReadHeadAsync(CancellationToken cancellationToken) =>
        _parts.Catalog.UpdateAsync(_journal.Job.Collection, _journal.Incarnation, static _ => null, cancellationToken);

    private Task<GenerationRecord> ReadGenerationAsync(int generation, CancellationToken cancellationToken) =>
        _parts.Catalog.ReadGenerationAsync(_journal.Incarnation, generation, cancellationToken);
}
