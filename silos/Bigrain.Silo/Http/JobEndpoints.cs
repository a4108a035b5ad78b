using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Jobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>Lists, reads and cancels jobs.</summary>
internal static class JobEndpoints
{
    private static readonly string[] States = [JobStates.Running, JobStates.Succeeded, JobStates.Failed, JobStates.Cancelled];

    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1/jobs").WithTags("jobs");
        group.MapGet("", ListAsync).WithSummary("Lists jobs, newest first.").Produces<JobList>();
        group.MapGet("/{id}", GetAsync).WithSummary("Reads the state of a job.").Produces<JobInfo>();
        group.MapDelete("/{id}", CancelAsync).Needs(AccessRole.Admin).WithSummary("Asks for the end of a job; what it did is undone.")
            .Produces<JobInfo>(StatusCodes.Status202Accepted);
    }

    private static async Task ListAsync(HttpContext context, JobStore jobs, string? collection = null, string? state = null)
    {
        if (state is not null && !States.Contains(state, StringComparer.Ordinal))
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"there is no such state: use {string.Join(", ", States)}", "state");
        }

        var list = new JobList
        {
            Jobs = [.. (await jobs.ListAsync(context.RequestAborted))
                .Where(job => MaySee(context, job) && (collection is null || job.Collection == collection))
                .Select(JobReplies.Of)
                .Where(job => state is null || job.State == state)],
        };
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, list, ApiJson.Default.JobList);
    }

    private static async Task GetAsync(string id, HttpContext context, JobStore jobs) =>
        await ApiReplies.WriteAsync(
            context, StatusCodes.Status200OK, JobReplies.Of(await FindAsync(id, context, jobs)), ApiJson.Default.JobInfo);

    private static async Task CancelAsync(string id, HttpContext context, JobStore jobs, JobStarter starter)
    {
        await FindAsync(id, context, jobs);
        JobRecord job = await starter.CancelAsync(id, context.RequestAborted) ?? throw JobIds.Unknown();
        await ApiReplies.WriteAsync(
            context, job.HasEnded ? StatusCodes.Status200OK : StatusCodes.Status202Accepted, JobReplies.Of(job), ApiJson.Default.JobInfo);
    }

    private static async Task<JobRecord> FindAsync(string id, HttpContext context, JobStore jobs) =>
        await jobs.ReadAsync(id, context.RequestAborted) is { Record: var job } && MaySee(context, job) ? job : throw JobIds.Unknown();

    /// <summary>A job without a collection belongs to those who may see all of them.</summary>
    private static bool MaySee(HttpContext context, JobRecord job) => job.Collection is { } collection
        ? AccessSetup.MaySee(context, collection)
        : context.User.Identity is not ApiKeyIdentity { Key.Collections: not null };
}
