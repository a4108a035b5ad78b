using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Bigrain.Silo.Hosting;

/// <summary>Orleans as Bigrain runs it: localhost membership, calls that fail soon, failures seen within seconds.</summary>
internal static class OrleansSetup
{
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Configures the silo.</summary>
    public static void Configure(ISiloBuilder silo, SiloSettings settings, int siloPort, int gatewayPort)
    {
        silo.UseLocalhostClustering(siloPort, gatewayPort, primarySiloEndpoint: null, serviceId: "bigrain", clusterId: settings.Cluster);
        silo.Configure<SiloOptions>(options => options.SiloName = settings.Name);
        silo.Configure<EndpointOptions>(options => options.AdvertisedIPAddress = IPAddress.Loopback);
        silo.Configure<SiloMessagingOptions>(options =>
        {
            options.ResponseTimeout = ResponseTimeout;
            options.CancelRequestOnTimeout = true;
            options.MaxEnqueuedRequestsHardLimit = 1_000;
        });
        silo.Configure<ClientMessagingOptions>(options =>
        {
            options.ResponseTimeout = ResponseTimeout;
            options.CancelRequestOnTimeout = true;
        });

        // Lower values declare healthy but busy silos dead.
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 3;
            options.MaxProbeTimeout = TimeSpan.FromSeconds(4);
            options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        });
    }
}
