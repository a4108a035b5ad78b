using System.Net;
using Bigrain.Silo.Membership;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Hosting;

/// <summary>Checks <see cref="SiloSettings"/> against each other; reports all faults at once.</summary>
internal sealed class SiloSettingsRules : IValidateOptions<SiloSettings>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SiloSettings options)
    {
        var faults = new List<string>();
        if (!IPAddress.TryParse(options.Listen, out IPAddress? address))
        {
            faults.Add($"{nameof(options.Listen)}: '{options.Listen}' is not an IP address: write it alone, such as 127.0.0.1; the port goes to --http-port");
        }
        else
        {
            CheckAccess(options, address, faults);
            if (options.Redis is not null)
            {
                CheckCluster(options, address, faults);
            }
        }

        int[] fixedPorts = [.. new[] { options.HttpPort, options.SiloPort, options.GatewayPort }.Where(port => port != 0)];
        if (fixedPorts.Distinct().Count() != fixedPorts.Length)
        {
            faults.Add($"{nameof(options.HttpPort)}, {nameof(options.SiloPort)} and {nameof(options.GatewayPort)} must differ: give each its own, or 0 for a free one");
        }

        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static void CheckAccess(SiloSettings options, IPAddress address, List<string> faults)
    {
        if (!IPAddress.IsLoopback(address) && !options.NoAuth && options.ApiKeysFile is null)
        {
            faults.Add(
                $"{nameof(options.Listen)}: {options.Listen} can be reached from other machines: give the API keys with --api-keys-file, "
                + "listen on 127.0.0.1, or say --no-auth if the network keeps strangers out");
        }

        if (options.Dashboard && !IPAddress.IsLoopback(address) && options.ApiKeysFile is null)
        {
            faults.Add(
                $"{nameof(options.Dashboard)}: the dashboard shows and reaches every actor: away from loopback it needs --api-keys-file with a key of role admin");
        }

        if (options.NoAuth && options.ApiKeysFile is not null)
        {
            faults.Add($"{nameof(options.NoAuth)}: --no-auth and --api-keys-file contradict each other: leave one out");
        }
    }

    private static void CheckCluster(SiloSettings options, IPAddress address, List<string> faults)
    {
        if (RedisAddress.FaultOf(options.Redis!) is { } fault)
        {
            faults.Add($"{nameof(options.Redis)}: {fault}; write --redis HOST:PORT");
        }

        if (string.IsNullOrEmpty(options.Blob) && !IPAddress.IsLoopback(address))
        {
            faults.Add(
                $"{nameof(options.Blob)}: silos on several machines need one store: give all of them the same --blob "
                + "(a shared --data folder serves only silos of one machine, which listen on loopback)");
        }

        if (options.Advertise is not null && SiloEndpoints.AdvertisedBy(options.Advertise) is null)
        {
            faults.Add($"{nameof(options.Advertise)}: '{options.Advertise}' is not the IP address of one machine: write the one that the other silos reach, such as 10.0.0.7");
        }
        else if (SiloEndpoints.AdvertisedBy(options.Advertise ?? options.Listen) is not { } advertised)
        {
            faults.Add($"{nameof(options.Advertise)}: {options.Listen} is every address of this machine: say with --advertise which one the other silos reach");
        }
        else if (IPAddress.IsLoopback(address) && !IPAddress.IsLoopback(advertised))
        {
            faults.Add($"{nameof(options.Advertise)}: the silo listens on {options.Listen} only, where {advertised} does not lead: add --listen 0.0.0.0 or --listen {advertised}");
        }
    }
}
