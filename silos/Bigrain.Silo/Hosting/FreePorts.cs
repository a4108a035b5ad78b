using System.Net;
using System.Net.Sockets;

namespace Bigrain.Silo.Hosting;

/// <summary>Finds free TCP ports for a silo whose ports do not matter (demo, tests).</summary>
internal static class FreePorts
{
    /// <summary>Gives <paramref name="wanted"/> itself, or a port that was free a moment ago when it is 0.</summary>
    /// <remarks>Another process may take it before the silo binds it; the silo then fails to start and says so.</remarks>
    public static int Resolve(int wanted, IPAddress address)
    {
        if (wanted != 0)
        {
            return wanted;
        }

        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
