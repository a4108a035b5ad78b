using System.Text.Json;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Jobs;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Reindexing;

/// <summary>The job that builds, verifies, publishes, rolls back and discards generations.</summary>
/// <param name="parts">What it works with.</param>
public sealed class ReindexKind(ReindexParts parts) : IJobKind
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "reindex";

    /// <inheritdoc/>
    public string Name => KindName;

    /// <summary>The body of a new job.</summary>
    public static JsonElement BodyOf(ReindexRequest request) =>
        JsonSerializer.SerializeToElement(new ReindexBody(request), FormatJson.Default.ReindexBody);

    /// <summary>Refuses what cannot end well, before a job is made of it.</summary>
    /// <param name="head">The collection.</param>
    /// <param name="current">Its current generation.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="model">The trained model that came with it; null: none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>, or <see cref="ErrorCode.Conflict"/>: there is nothing to do it
    /// to, another generation is being built, a silo is too old or has too little memory, there are too few documents to learn the codec from.</exception>
    public async Task RequireFeasibleAsync(
        CollectionHead head, GenerationRecord current, ReindexRequest request, TrainedModel? model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ReindexRules.Require(head, request.Action, request.Previous);
        if (request.Action == ReindexAction.Build)
        {
            ReindexPlan plan = await ReindexPlan.MakeAsync(parts, head, current, request, model, cancellationToken);
            await plan.RequireFeasibleAsync(head, current, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        return new ReindexRun(parts, job, IncarnationOf(job)).RunAsync(cancellationToken);
    }

    /// <summary>Takes the generation that this job built out of HEAD; its blobs are garbage from then on.</summary>
    /// <inheritdoc/>
    public async Task UndoAsync(JobContext job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ReindexBody body = job.ReadBody(FormatJson.Default.ReindexBody);
        if (body.Request.Action != ReindexAction.Build || body.Generation is not { } generation)
        {
            return;
        }

        try
        {
            CollectionHead head = await parts.Catalog.UpdateAsync(
                job.Collection,
                IncarnationOf(job),
                was => was.PreviousGeneration == generation ? null : ReindexRules.Without(was, generation),
                cancellationToken);
            parts.Cluster.Forget(job.Collection);
            if (await parts.Catalog.FindGenerationAsync(head.Incarnation, generation, cancellationToken) is { } built)
            {
                await parts.Cluster.CancelBuildsAsync(head, built, cancellationToken);
            }
        }
        catch (BigrainException error) when (error.Code == ErrorCode.NotFound)
        {
            // Dropped: nothing is left to take it out of.
        }
    }

    private static CollectionIncarnation IncarnationOf(JobContext job) => new(job.Record.Incarnation
        ?? throw new BigrainException(ErrorCode.InvalidArgument, "a reindex job needs the incarnation of its collection", "incarnation"));
}
