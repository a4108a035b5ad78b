using Bigrain.Silo.Membership;
using Bigrain.Silo.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;

namespace Bigrain.Silo.Hosting;

/// <summary>Orleans as Bigrain runs it: membership in Redis or of one silo, calls that fail soon, failures seen within seconds.</summary>
internal static class OrleansSetup
{
    /// <summary>Half of the name under which silos find their cluster; the other half is its id.</summary>
    public const string ServiceId = "bigrain";

    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Configures the silo.</summary>
    public static void Configure(ISiloBuilder silo, SiloSettings settings, SiloEndpoints endpoints)
    {
        if (settings.Redis is null)
        {
            silo.UseLocalhostClustering(endpoints.SiloPort, endpoints.GatewayPort, primarySiloEndpoint: null, ServiceId, settings.Cluster);
        }
        else
        {
            ConfigureCluster(silo, settings);
        }

        silo.Configure<SiloOptions>(options => options.SiloName = settings.Name);
        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = endpoints.Advertised;
            options.SiloPort = endpoints.SiloPort;
            options.GatewayPort = endpoints.GatewayPort;
            options.SiloListeningEndpoint = new(endpoints.Listen, endpoints.SiloPort);
            options.GatewayListeningEndpoint = new(endpoints.Listen, endpoints.GatewayPort);
        });
        DashboardSetup.Configure(silo, settings.Dashboard);
        ConfigureMessaging(silo);
        ConfigureMembership(silo);
    }

    private static void ConfigureCluster(ISiloBuilder silo, SiloSettings settings)
    {
        silo.Configure<ClusterOptions>(options =>
        {
            options.ServiceId = ServiceId;
            options.ClusterId = settings.Cluster;
        });
        silo.Services.AddSingleton<RedisConnection>();
        silo.Services.AddSingleton<JoinGuard>();
        silo.Services.AddSingleton<ClusterInstruments>();
        silo.Services.AddSingleton<IValidateOptions<MembershipWatchOptions>, MembershipWatchOptionsValidator>();
        silo.Services.AddOptions<MembershipWatchOptions>().BindConfiguration("MembershipWatch").ValidateOnStart();
        silo.Services.AddSingleton<MembershipReader>();
        silo.Services.AddHostedService<MembershipWatchdog>();
        silo.UseRedisClustering(static _ => { });
        silo.Services.AddOptions<RedisClusteringOptions>().Configure<RedisConnection>((options, connection) =>
        {
            options.ConfigurationOptions = connection.Configuration;

            // One connection for Orleans, for the join and for the watchdog: what one of them sees, the others see.
            options.CreateMultiplexer = async _ => (await connection.OpenAsync(), true);
        });
    }

    private static void ConfigureMessaging(ISiloBuilder silo)
    {
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
    }

    // Lower values, or no look at the connection, declare healthy but busy silos dead.
    private static void ConfigureMembership(ISiloBuilder silo) => silo.Configure<ClusterMembershipOptions>(options =>
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedProbesLimit = 3;
        options.MinProbeTimeout = TimeSpan.FromSeconds(1);

        // Times the limit, this is how long a silo that hangs with open connections stays in the cluster.
        options.MaxProbeTimeout = TimeSpan.FromSeconds(4);
        options.EnableConnectionLivenessCheck = true;
        options.NumVotesForDeathDeclaration = 2;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        options.NumMissedTableIAmAliveLimit = 3;
        options.DefunctSiloExpiration = TimeSpan.FromDays(1);
    });
}
