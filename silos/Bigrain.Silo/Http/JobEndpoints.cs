using System.Text.Json;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Contracts;
using Bigrain.Silo.Access;
using Bigrain.Silo.Hosting;
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

    private static async Task GetAsync(string id, HttpContext context, JobRegistry jobs, SiloSettings settings, ISiloStatusOracle silos, IGrainFactory grains)
    {
        string silo = JobRegistry.SiloOf(id);
        JobInfo job = silo == settings.Name ? jobs.Get(id) : await AskAsync(silo, id, silos, grains, context.RequestAborted);
        if (job.Collection is not null && !AccessSetup.MaySee(context, job.Collection))
        {
            throw JobRegistry.Unknown();
        }

        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, job, ApiJson.Default.JobInfo);
    }

    /// <summary>Asks the silo that runs a job; a job dies with its silo.</summary>
    private static async Task<JobInfo> AskAsync(
        string silo, string id, ISiloStatusOracle silos, IGrainFactory grains, CancellationToken cancellationToken)
    {
        // A call to a silo that is not there is retried for a while first.
        if (!silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Any(address => silos.TryGetSiloName(address, out string? name) && name == silo))
        {
            throw JobRegistry.Unknown();
        }

        PackedBytes? described = await grains.GetGrain<IJobHostGrain>(silo).DescribeAsync(id, cancellationToken);
        return described is null ? throw JobRegistry.Unknown() : JsonSerializer.Deserialize(described.Bytes, ApiJson.Default.JobInfo)!;
    }
}
