using System.CommandLine;
using System.Net.Sockets;
using Bigrain.Api.Problems;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Index.Errors;
using Bigrain.Kernels.Memory;
using Bigrain.Silo.Hosting;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain serve</c>: one silo with its HTTP API.</summary>
internal static class ServeVerb
{
    private const int MaxPort = 65_535;

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        SiloSettings defaults = new();
        Option<string> data = Flag.Optional(context, "--data", "folder of the blobs; the cache folder when --blob is given", Values.Text, defaults.Data, "BIGRAIN_DATA");
        Option<string?> blob = Flag.Optional<string?>(context, "--blob", "Azure Blob Storage connection string", Values.Text, null, "BIGRAIN_BLOB");
        Option<string> container = Flag.Optional(context, "--container", "container of the blobs", Values.Text, defaults.Container, "BIGRAIN_CONTAINER");
        Option<string?> redis = Flag.Optional<string?>(context, "--redis", "HOST:PORT of the Redis that holds the membership; without it the silo is alone", Values.Text, null, "BIGRAIN_REDIS");
        Option<string> listen = Flag.Optional(context, "--listen", "address to listen on; other than loopback only with --api-keys-file or --no-auth", Values.Text, defaults.Listen, "BIGRAIN_LISTEN");
        Option<string?> advertise = Flag.Optional<string?>(context, "--advertise", "IP address under which the other silos reach this one", Values.Text, null, "BIGRAIN_ADVERTISE");
        Option<int> httpPort = Flag.Optional(context, "--http-port", "port of the HTTP API; 0 takes a free one", Values.Int(0, MaxPort), defaults.HttpPort, "BIGRAIN_HTTP_PORT");
        Option<int> siloPort = Flag.Optional(context, "--silo-port", "port between silos; 0 takes a free one", Values.Int(0, MaxPort), defaults.SiloPort, "BIGRAIN_SILO_PORT");
        Option<int> gatewayPort = Flag.Optional(context, "--gateway-port", "port of the gateway; 0 takes a free one", Values.Int(0, MaxPort), defaults.GatewayPort, "BIGRAIN_GATEWAY_PORT");
        Option<string> name = Flag.Optional(context, "--name", "stable name of the silo, its own within the cluster", Values.Text, defaults.Name, "BIGRAIN_NAME");
        Option<string> cluster = Flag.Optional(context, "--cluster", "id of the cluster: silos with the same one on the same Redis belong together", Values.Text, defaults.Cluster, "BIGRAIN_CLUSTER");
        Option<long?> memory = Flag.Optional<long?>(context, "--memory", "memory budget, such as 4G; default half of what there is", text => Values.Size(text), null, "BIGRAIN_MEMORY");
        Option<string?> apiKeysFile = Flag.Optional<string?>(context, "--api-keys-file", "JSON file of the hashed API keys, their roles and collections", Values.Text, null, "BIGRAIN_API_KEYS_FILE");
        Option<bool> noAuth = Flag.Switch(context, "--no-auth", "serve without API keys", "BIGRAIN_NO_AUTH");
        Option<bool> dashboard = Flag.Switch(context, "--dashboard", "serve the dashboard of the actors at /dashboard, to keys of role admin", "BIGRAIN_DASHBOARD");
        Option<int> flatBelow = Flag.Optional(context, "--flat-below", "collections under so many documents are searched exactly", Values.Int(0, int.MaxValue), defaults.FlatBelow, "BIGRAIN_FLAT_BELOW");
        Option<TimeSpan?> gcPeriod = Flag.Optional<TimeSpan?>(context, "--gc-period", "how often the cluster collects garbage, such as 6h; 0s never", text => Values.Duration(text), null, "BIGRAIN_GC_PERIOD");
        return verbs.Make(
            "serve",
            "serve collections over HTTP from a folder or from blob storage",
            [data, blob, container, redis, listen, advertise, httpPort, siloPort, gatewayPort, name, cluster, memory, apiKeysFile, noAuth, dashboard, flatBelow, gcPeriod],
            invocation => RunAsync(invocation, new SiloSettings
            {
                Data = invocation.Get(data),
                Blob = invocation.Get(blob),
                Container = invocation.Get(container),
                Redis = invocation.Get(redis),
                Listen = invocation.Get(listen),
                Advertise = invocation.Get(advertise),
                HttpPort = invocation.Get(httpPort),
                SiloPort = invocation.Get(siloPort),
                GatewayPort = invocation.Get(gatewayPort),
                Name = invocation.Get(name),
                Cluster = invocation.Get(cluster),
                MemoryBytes = invocation.Get(memory),
                ApiKeysFile = invocation.Get(apiKeysFile),
                NoAuth = invocation.Get(noAuth),
                Dashboard = invocation.Get(dashboard),
                FlatBelow = invocation.Get(flatBelow),
                GcPeriod = invocation.Get(gcPeriod),
            }));
    }

    private static async Task<int> RunAsync(Invocation invocation, SiloSettings settings)
    {
        NativeHeap.ReturnFreed();
        await using SiloHost host = await StartAsync(settings, invocation.CancellationToken);
        ServeReport report = new(host.HttpAddress.ToString().TrimEnd('/'), host.MemoryBytes, settings.Name, settings.Blob is null ? Path.GetFullPath(settings.Data) : settings.Container);
        if (invocation.IsJson)
        {
            invocation.PrintJson(report, ToolJson.Default.ServeReport);
        }
        else
        {
            invocation.Print($"serving {report.Store} at {report.Address}");
            invocation.Print($"memory budget {Words.Size(report.MemoryBudgetBytes)} ({report.MemoryBudgetBytes} bytes)");
        }

        await invocation.Context.Out.FlushAsync();
        try
        {
            await host.WaitForShutdownAsync(invocation.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Asked to stop: that is how a server ends well.
        }

        return host.ExitReason is { } reason
            ? throw new BigrainException(ErrorCode.Unavailable, $"membership lost: {reason}; start the silo again, it then joins the cluster that is there now")
            : ExitCode.Ok;
    }

    private static async Task<SiloHost> StartAsync(SiloSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await SiloHost.StartAsync(settings, cancellationToken);
        }
        catch (Exception e) when (IsPortTaken(e))
        {
            throw new ToolException(
                ExitCode.Failed,
                new ApiProblem
                {
                    Type = ProblemTypes.Conflict,
                    Title = "port taken",
                    Detail = $"a port is taken ({e.Message}); choose others with --http-port, --silo-port and --gateway-port, 0 for free ones",
                },
                e);
        }
    }

    private static bool IsPortTaken(Exception? e) =>
        e is not null && (e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } || IsPortTaken(e.InnerException));
}
