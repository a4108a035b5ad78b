using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Silo.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>Reads jobs.</summary>
internal static class JobEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/jobs/{id}", GetAsync).WithTags("jobs").WithSummary("Reads the state of a job.").Produces<JobInfo>();

    private static Task GetAsync(string id, HttpContext context, JobRegistry jobs) =>
        ApiReplies.WriteAsync(context, StatusCodes.Status200OK, jobs.Get(id), ApiJson.Default.JobInfo);
}
