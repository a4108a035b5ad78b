using System.Net;
using System.Net.Sockets;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>Ports that a silo keeps over its restarts: below those that the system lends to outgoing connections.</summary>
internal static class LocalPorts
{
    private const int First = 21_000;
    private const int Count = 9_000;

    private static int Next = (Environment.ProcessId * 131) % Count;

    public static int Take()
    {
        for (int attempt = 0; attempt < Count; attempt++)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref Next) % Count);
            try
            {
                using TcpListener probe = new(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }

        throw new InvalidOperationException("no free port");
    }
}
