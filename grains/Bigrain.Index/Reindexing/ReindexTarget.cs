using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Jobs;
using Bigrain.Index.Models;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Reindexing;

/// <summary>Settles which generation a run is about: a new one, which gets a number and a description, or one that HEAD has ready.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="journal">What was decided.</param>
/// <param name="sources">What codebooks are learned from.</param>
internal sealed class ReindexTarget(ReindexParts parts, ReindexJournal journal, ReindexSources sources)
{
    private const string Stage = "planned";

    /// <summary>Chooses the generation that HEAD has ready.</summary>
    public async Task<CollectionHead> ChooseAsync(CollectionHead head, CancellationToken cancellationToken)
    {
        ReindexAction action = journal.Request.Action;
        ReindexRules.Require(head, action);
        ReindexBody chosen = journal.Body with
        {
            Generation = ReindexRules.Choose(head, action),
            SourceGeneration = head.CurrentGeneration,
            ChosenAt = parts.Services.Time.GetUtcNow(),
        };
        await journal.SaveAsync(chosen, Stage, 0, 0, cancellationToken);
        return head;
    }

    /// <summary>Gives the new generation a number, describes it, and has HEAD name it.</summary>
    public async Task<CollectionHead> PlanAsync(CollectionHead head, CancellationToken cancellationToken)
    {
        if (journal.Body.Generation is { } begun && head.BuildingGeneration == begun)
        {
            return head;
        }

        await journal.SaveAsync(Stage, 0, 0, cancellationToken);
        parts.FailPoints.Hit("reindex.planned");
        ReindexRules.Require(head, ReindexAction.Build);
        GenerationRecord source = await parts.Catalog.ReadGenerationAsync(journal.Incarnation, head.CurrentGeneration, cancellationToken);
        ReindexPlan plan = await ReindexPlan.MakeAsync(parts, head, source, journal.Request, await SentModelAsync(cancellationToken), cancellationToken);
        await plan.RequireFeasibleAsync(head, source, cancellationToken);
        if (journal.Body.Generation is null)
        {
            await AllocateAsync(head, cancellationToken);
        }

        parts.FailPoints.Hit("reindex.allocated");
        GenerationRecord target = await parts.Catalog.FindGenerationAsync(journal.Incarnation, journal.Body.Generation!.Value, cancellationToken)
            ?? await DescribeAsync(head, source, plan, cancellationToken);
        int from = journal.Body.SourceGeneration!.Value;
        head = await parts.Catalog.UpdateAsync(head.Name, journal.Incarnation, was => ReindexRules.Named(was, target, from), cancellationToken);
        parts.Cluster.Forget(head.Name);
        return head;
    }

    private async Task AllocateAsync(CollectionHead head, CancellationToken cancellationToken)
    {
        CollectionHead counted = await parts.Catalog.UpdateAsync(
            head.Name, journal.Incarnation, was => was with { LastGeneration = was.NextGeneration }, cancellationToken);
        ReindexBody allocated = journal.Body with
        {
            Generation = counted.LastGeneration,
            SourceGeneration = head.CurrentGeneration,
            RotationSeed = parts.Services.Random.NextUInt64(),
            ChosenAt = parts.Services.Time.GetUtcNow(),
        };
        await journal.SaveAsync(allocated, Stage, 0, 0, cancellationToken);
    }

    private async Task<GenerationRecord> DescribeAsync(CollectionHead head, GenerationRecord source, ReindexPlan plan, CancellationToken cancellationToken)
    {
        GenerationRecord target = plan.Describe(head, source, journal.Body);
        if (ReindexPlan.MustLearn(target))
        {
            ImmutableArray<PinnedPartition> pinned = plan.HasModel ? [] : await sources.PinSegmentsAsync(head, source, Stage, cancellationToken);
            target = await plan.LearnAsync(head, target, pinned, cancellationToken);
        }

        await parts.Catalog.WriteGenerationAsync(journal.Incarnation, target, cancellationToken);
        return target;
    }

    /// <summary>The model that came with the request, which is kept beside the job.</summary>
    private async Task<TrainedModel?> SentModelAsync(CancellationToken cancellationToken) => journal.Request.Model is null
        ? null
        : TrainedModel.Parse(
            DataPaths.JobInput(journal.Job.Id, 0),
            await new JobInputs(parts.Services.Store, parts.Services.Time).ReadAsync(journal.Job.Id, 0, cancellationToken));
}
