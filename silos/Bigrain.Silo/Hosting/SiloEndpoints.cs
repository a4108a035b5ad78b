using System.Net;
using System.Net.Sockets;

namespace Bigrain.Silo.Hosting;

/// <summary>Where the silo and its gateway listen, and what the other silos are told.</summary>
/// <param name="Listen">Address that both listen on.</param>
/// <param name="Advertised">Address that the other silos use.</param>
/// <param name="SiloPort">Port between silos.</param>
/// <param name="GatewayPort">Port of the gateway.</param>
internal sealed record SiloEndpoints(IPAddress Listen, IPAddress Advertised, int SiloPort, int GatewayPort)
{
    /// <summary>The end points that valid settings mean; free ports are chosen here.</summary>
    /// <remarks>A silo that is alone keeps its ports on loopback, wherever its HTTP API listens: nobody else needs them.</remarks>
    public static SiloEndpoints Of(SiloSettings settings)
    {
        IPAddress http = IPAddress.Parse(settings.Listen);
        bool isLocal = settings.Redis is null || IPAddress.IsLoopback(http);
        IPAddress advertised = isLocal ? IPAddress.Loopback : AdvertisedBy(settings.Advertise ?? settings.Listen)!;
        IPAddress listen = isLocal
            ? IPAddress.Loopback
            : advertised.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        return new SiloEndpoints(
            listen, advertised, FreePorts.Resolve(settings.SiloPort, listen), FreePorts.Resolve(settings.GatewayPort, listen));
    }

    /// <summary>The address of one machine in a text; null when it is none, or stands for all.</summary>
    public static IPAddress? AdvertisedBy(string text) =>
        IPAddress.TryParse(text, out IPAddress? address)
        && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
        && !address.Equals(IPAddress.None) && !address.Equals(IPAddress.IPv6None)
            ? address
            : null;
}
