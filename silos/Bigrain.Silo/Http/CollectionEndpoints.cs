using Bigrain.Api;
using Bigrain.Api.Collections;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Contracts;
using Bigrain.Contracts.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Jobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Schema;
using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using ApiCollectionInfo = Bigrain.Api.Collections.CollectionInfo;

namespace Bigrain.Silo.Http;

/// <summary>Create, describe, list, drop and compact collections.</summary>
internal static class CollectionEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1/collections").WithTags("collections");
        group.MapGet("", ListAsync).WithSummary("Lists the collections.").Produces<CollectionList>();
        group.MapPut("/{collection}", CreateAsync).Needs(AccessRole.Admin).WithSummary("Creates a collection: 201 new, 200 identical, 409 different.")
            .Accepts<CollectionRequest>(ApiMediaTypes.Json)
            .Produces<ApiCollectionInfo>().Produces<ApiCollectionInfo>(StatusCodes.Status201Created);
        group.MapGet("/{collection}", DescribeAsync).WithSummary("Describes a collection, with its size.").Produces<ApiCollectionInfo>();
        group.MapDelete("/{collection}", DropAsync).Needs(AccessRole.Admin).WithSummary("Drops a collection.").Produces(StatusCodes.Status204NoContent);
        group.MapPost("/{collection}/compact", CompactAsync).Needs(AccessRole.Admin).WithSummary("Moves tails into segments and merges these.")
            .Produces<JobInfo>(StatusCodes.Status202Accepted);
        group.MapPost("/{collection}/warm", WarmAsync).Needs(AccessRole.Admin).WithSummary("Loads a collection on all its silos, with as many dense records as asked for.")
            .Accepts<WarmRequest>(ApiMediaTypes.Json).Produces<JobInfo>(StatusCodes.Status202Accepted);
    }

    private static async Task CreateAsync(string collection, HttpContext context, IGrainFactory grains)
    {
        Names.Validate(collection, "collection");
        CollectionRequest request = await ApiReplies.ReadAsync<CollectionRequest>(context);
        CreateCollectionReply reply;
        try
        {
            reply = await grains.GetGrain<ICollectionGrain>(collection)
                .CreateAsync(CollectionRequests.ToSchema(request), context.RequestAborted);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw CollectionRequests.InWordsOf(request, FaultTranslation.FromFault(error));
        }

        int status = reply.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await ApiReplies.WriteAsync(context, status, CollectionReplies.Of(reply.Collection), ApiJson.Default.CollectionInfo);
    }

    private static async Task DescribeAsync(string collection, HttpContext context, IGrainFactory grains)
    {
        Names.Validate(collection, "collection");
        CollectionStatistics statistics = await grains.GetGrain<ICollectionGrain>(collection)
            .GetStatisticsAsync(load: true, context.RequestAborted);
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, CollectionReplies.Of(statistics), ApiJson.Default.CollectionInfo);
    }

    private static async Task ListAsync(HttpContext context, CollectionOverview overview)
    {
        var list = new CollectionList { Collections = await overview.ListAsync(context, context.RequestAborted) };
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, list, ApiJson.Default.CollectionList);
    }

    private static async Task DropAsync(string collection, HttpContext context, IGrainFactory grains)
    {
        Names.Validate(collection, "collection");
        if (!await grains.GetGrain<ICollectionGrain>(collection).DropAsync(context.RequestAborted))
        {
            throw new BigrainException(ErrorCode.NotFound, $"there is no collection '{collection}': look which there are with 'bigrain collection list'", "collection");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task CompactAsync(string collection, HttpContext context, JobRequests jobs, [FromHeader(Name = JobKeys.Field)] string? key)
    {
        Names.Validate(collection, "collection");
        JobRecord job = await jobs.StartOnAsync(jobs.NameOf(key, JobBodies.Compact), collection, body: null, prepare: null, context.RequestAborted);
        await JobReplies.WriteAcceptedAsync(context, job);
    }

    private static async Task WarmAsync(string collection, HttpContext context, JobRequests jobs, [FromHeader(Name = JobKeys.Field)] string? key)
    {
        Names.Validate(collection, "collection");
        long maxDenseBytes = await WarmRequests.ReadAsync(context);
        JobRecord job = await jobs.StartOnAsync(
            jobs.NameOf(key, JobBodies.Warm), collection, JobBodies.OfWarm(maxDenseBytes), prepare: null, context.RequestAborted);
        await JobReplies.WriteAcceptedAsync(context, job);
    }
}
