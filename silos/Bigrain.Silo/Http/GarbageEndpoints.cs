using Bigrain.Api.Garbage;
using Bigrain.Api.Jobs;
using Bigrain.Grains.Jobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>Starts garbage collection.</summary>
internal static class GarbageEndpoints
{
    private static readonly TimeSpan MaxGrace = TimeSpan.FromDays(365);

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/gc", CollectAsync).WithTags("jobs").Needs(AccessRole.Admin).RequireAuthorization(AccessSetup.OperatorPolicy)
            .WithSummary("Finds what nothing leads to any more, and deletes it when asked to.")
            .Accepts<GcRequest>("application/json").Produces<JobInfo>(StatusCodes.Status202Accepted);

    private static async Task CollectAsync(HttpContext context, JobRequests jobs, [FromHeader(Name = JobKeys.Field)] string? key)
    {
        GcRequest request = await ApiReplies.ReadOrNullAsync<GcRequest>(context) ?? new GcRequest();
        if (request.GraceSeconds is { } seconds && !(seconds >= 0 && seconds <= MaxGrace.TotalSeconds))
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"a grace is 0 to {MaxGrace.TotalSeconds} seconds", "graceSeconds");
        }

        TimeSpan? grace = request.GraceSeconds is { } given ? TimeSpan.FromSeconds(given) : null;
        JobRecord job = await jobs.StartAsync(
            jobs.NameOf(key, JobBodies.CollectGarbage),
            collection: null,
            JobBodies.OfCollectGarbage(new GarbageRequest(request.Delete, grace)),
            prepare: null,
            context.RequestAborted);
        await JobReplies.WriteAcceptedAsync(context, job);
    }
}
