using System.Net;
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
            faults.Add($"{nameof(options.Listen)}: '{options.Listen}' is not an IP address");
        }
        else if (!IPAddress.IsLoopback(address) && !options.NoAuth)
        {
            faults.Add(
                $"{nameof(options.Listen)}: {options.Listen} can be reached from other machines, and there are no API keys yet: "
                + "listen on 127.0.0.1, or say --no-auth if the network keeps strangers out");
        }

        int[] fixedPorts = [.. new[] { options.HttpPort, options.SiloPort, options.GatewayPort }.Where(port => port != 0)];
        if (fixedPorts.Distinct().Count() != fixedPorts.Length)
        {
            faults.Add($"{nameof(options.HttpPort)}, {nameof(options.SiloPort)} and {nameof(options.GatewayPort)} must differ");
        }

        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
