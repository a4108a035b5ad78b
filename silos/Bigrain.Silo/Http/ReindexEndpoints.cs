using Bigrain.Api;
using Bigrain.Api.Jobs;
using Bigrain.Api.Reindexing;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Jobs;
using Bigrain.Index.Jobs;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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
        Map(group, "/" + ReindexSteps.Discard, ReindexAction.Discard, "Gives up the generation that was built and not published; without one, the previous one.");
    }

    private static void Map(RouteGroupBuilder group, string route, ReindexAction action, string summary) =>
        group.MapPost(
                route,
                (string collection, HttpContext context, ReindexKind kind, CollectionDirectory directory, JobStarter jobs) =>
                    StartAsync(action, collection, context, kind, directory, jobs))
            .Needs(AccessRole.Admin)
            .WithSummary(summary)
            .Accepts<ApiReindexRequest>(isOptional: true, ApiMediaTypes.Json)
            .Produces<JobInfo>(StatusCodes.Status202Accepted);

    private static async Task StartAsync(
        ReindexAction action, string collection, HttpContext context, ReindexKind kind, CollectionDirectory directory, JobStarter jobs)
    {
        Names.Validate(collection, "collection");
        ApiReindexRequest body = context.Request.ContentLength is 0 or null && context.Request.Headers.TransferEncoding.Count == 0
            ? new ApiReindexRequest()
            : await ApiReplies.ReadAsync(context, ApiJson.Default.ReindexRequest);
        ReindexRequest request = ToIndex(action, body);

        // What cannot end well is refused here already; the job looks again, as things may have changed when its turn comes.
        directory.Forget(collection);
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        await kind.RequireFeasibleAsync(known.Head, known.Generation, request, context.RequestAborted);
        JobRecord job = await jobs.StartOnAsync(ReindexKind.KindName, collection, ReindexKind.BodyOf(request), id: null, context.RequestAborted);
        await JobReplies.WriteAcceptedAsync(context, job);
    }

    private static ReindexRequest ToIndex(ReindexAction action, ApiReindexRequest body)
    {
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
            MaxRecallLoss = body.MaxRecallLoss ?? defaults.MaxRecallLoss,
            Sample = body.Sample ?? defaults.Sample,
            K = body.K ?? defaults.K,
            Seed = body.Seed ?? defaults.Seed,
        };
        request.Validate();
        return request;
    }
}
