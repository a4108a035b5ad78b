using Bigrain.Api;
using Bigrain.Api.Jobs;
using Bigrain.Api.Reindexing;
using Bigrain.Grains.Collections;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Models;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using ApiReindexRequest = Bigrain.Api.Reindexing.ReindexRequest;
using ReindexRequest = Bigrain.Index.Reindexing.ReindexRequest;

namespace Bigrain.Silo.Http;

/// <summary>New generations of a collection: build, verify, publish, roll back, discard. Each is a job.</summary>
internal static class ReindexEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1/collections/{collection}/reindex").WithTags("collections");
        Map(group, "", ReindexAction.Build, "Builds a new generation, or single partitions anew, verifies it and publishes it, while queries and writes go on.");
        Map(group, "/" + ReindexSteps.Verify, ReindexAction.Verify, "Verifies the generation that was built and not published.");
        Map(group, "/" + ReindexSteps.Publish, ReindexAction.Publish, "Verifies and publishes the generation that was built and not published.");
        Map(group, "/" + ReindexSteps.Rollback, ReindexAction.Rollback, "Makes the previous generation the present one again; nothing written since is lost.");
        Map(group, "/" + ReindexSteps.Discard, ReindexAction.Discard, "Gives up the generation that was built and not published, or the previous one.");
    }

    private static void Map(RouteGroupBuilder group, string route, ReindexAction action, string summary) =>
        group.MapPost(
                route,
                (string collection, HttpContext context, ReindexStart start, [FromHeader(Name = JobKeys.Field)] string? key) =>
                    StartAsync(action, collection, context, start, key))
            .Needs(AccessRole.Admin)
            .WithSummary(summary)
            .Accepts<ApiReindexRequest>(isOptional: true, ApiMediaTypes.Json, ApiMediaTypes.Form)
            .Produces<JobInfo>(StatusCodes.Status202Accepted);

    private static async Task StartAsync(ReindexAction action, string collection, HttpContext context, ReindexStart start, string? key)
    {
        Names.Validate(collection, "collection");
        (ApiReindexRequest body, TrainedModel? model) = await ReadAsync(context);
        JobRecord job = await start.RunAsync(collection, ToIndex(action, body, model), model, key, context.RequestAborted);
        await JobReplies.WriteAcceptedAsync(context, job);
    }

    private static async Task<(ApiReindexRequest Body, TrainedModel? Model)> ReadAsync(HttpContext context)
    {
        if (context.Request.HasFormContentType)
        {
            return await ModelForm.ReadAsync(context);
        }

        return (await ApiReplies.ReadOrNullAsync<ApiReindexRequest>(context) ?? new ApiReindexRequest(), null);
    }

    /// <summary>Refuses what a step does not look at: whoever sends it expects it to matter.</summary>
    private static void RequireNothingUnused(ReindexAction action, ApiReindexRequest body, TrainedModel? model)
    {
        if (action != ReindexAction.Build)
        {
            RequireNone(
                action,
                "builds nothing: leave it out, or start another reindex with it",
                ("codec", body.Codec),
                ("partitions", body.Partitions),
                ("dense", body.Dense),
                ("partition", body.Partition),
                ("publish", body.Publish),
                (ReindexForm.Model, model));
        }

        if (action is ReindexAction.Rollback or ReindexAction.Discard)
        {
            RequireNone(
                action,
                "measures no recall: leave it out",
                ("minRecall", body.MinRecall),
                ("maxRecallLoss", body.MaxRecallLoss),
                ("sample", body.Sample),
                ("k", body.K),
                ("seed", body.Seed));
        }
    }

    private static void RequireNone(ReindexAction action, string why, params ReadOnlySpan<(string Field, object? Value)> unused)
    {
        foreach ((string field, object? value) in unused)
        {
            if (value is not null)
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument, $"{field} does not go with reindex/{action.ToString().ToLowerInvariant()}, which {why}", field);
            }
        }
    }

    private static ReindexRequest ToIndex(ReindexAction action, ApiReindexRequest body, TrainedModel? model)
    {
        RequireNothingUnused(action, body, model);
        var defaults = new ReindexRequest();
        var request = new ReindexRequest
        {
            Action = action,
            Codec = body.Codec is { } codec ? CodecSpec.Parse(codec) : null,
            PartitionCount = body.Partitions,
            DenseType = body.Dense is { } dense ? SchemaMapping.DenseTypeOf(dense, "dense") : null,
            Partitions = body.Partition is { } partitions ? [.. partitions.Distinct().Order()] : null,
            Publish = body.Publish ?? defaults.Publish,
            MinRecall = body.MinRecall ?? defaults.MinRecall,
            Model = model?.HashText,
            MaxRecallLoss = body.MaxRecallLoss,
            Previous = body.Previous ?? defaults.Previous,
            Sample = body.Sample ?? defaults.Sample,
            K = body.K ?? defaults.K,
            Seed = body.Seed ?? defaults.Seed,
        };
        request.Validate();
        return request;
    }
}
