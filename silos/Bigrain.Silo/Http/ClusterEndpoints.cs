using Bigrain.Api.Serialization;
using Bigrain.Api.Status;
using Bigrain.Contracts;
using Bigrain.Grains.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>Describes silos and collections.</summary>
internal static class ClusterEndpoints
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/cluster", GetAsync).WithTags("cluster").WithSummary("Describes silos and collections.").Produces<ClusterStatus>();

    private static async Task GetAsync(HttpContext context, IGrainFactory grains, ISiloStatusOracle oracle, CollectionOverview overview)
    {
        Api.Status.SiloStatus[] silos = await Task.WhenAll(oracle.GetApproximateSiloStatuses()
            .Where(silo => !silo.Value.IsTerminating())
            .Select(silo => DescribeAsync(oracle.TryGetSiloName(silo.Key, out string? name) ? name : silo.Key.ToString(), silo.Value, grains, context.RequestAborted)));
        var status = new ClusterStatus
        {
            Silos = [.. silos.OrderBy(silo => silo.Name, StringComparer.Ordinal)],
            Collections = await overview.ListAsync(context, context.RequestAborted),
        };
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, status, ApiJson.Default.ClusterStatus);
    }

    private static async Task<Api.Status.SiloStatus> DescribeAsync(
        string name, Orleans.Runtime.SiloStatus status, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var shown = new Api.Status.SiloStatus { Name = name, Status = status.ToString().ToLowerInvariant() };
        try
        {
            SiloInfo info = await grains.GetGrain<ISearchGrain>(name).DescribeAsync(cancellationToken);
            shown.Partitions = info.PartitionCount;
            shown.MemoryBytes = info.MemoryBytes;
            shown.BudgetBytes = info.BudgetBytes;
            shown.Version = info.Version;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A silo that does not answer is shown as that, not as an error of the whole page.
            shown.Status = "unreachable: " + FaultTranslation.FromFault(error).Message;
        }

        return shown;
    }
}
