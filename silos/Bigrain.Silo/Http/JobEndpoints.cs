using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Silo.Access;
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

    private static Task GetAsync(string id, HttpContext context, JobRegistry jobs)
    {
        JobInfo job = jobs.Get(id);
        return job.Collection is null || AccessSetup.MaySee(context, job.Collection)
            ? ApiReplies.WriteAsync(context, StatusCodes.Status200OK, job, ApiJson.Default.JobInfo)
            : throw JobRegistry.Unknown();
    }
}
