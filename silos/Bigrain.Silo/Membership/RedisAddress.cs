using System.Net;
using StackExchange.Redis;

namespace Bigrain.Silo.Membership;

/// <summary>Reads where Redis is.</summary>
internal static class RedisAddress
{
    private const int ConnectMilliseconds = 5_000;
    private const int CommandMilliseconds = 5_000;
    private const int KeepAliveSeconds = 10;

    /// <summary>What is wrong with an address; null when nothing is.</summary>
    /// <param name="text"><c>HOST:PORT</c> or a configuration string of StackExchange.Redis.</param>
    public static string? FaultOf(string text)
    {
        try
        {
            // The text may hold a password: it is never repeated.
            return ConfigurationOptions.Parse(text).EndPoints.Count == 0 ? "there is no host in it" : null;
        }
        catch (ArgumentException error)
        {
            return $"it does not parse ({error.GetType().Name}: unknown or wrong option)";
        }
    }

    /// <summary>The connection's settings: those of the text, and to go on trying while Redis is away.</summary>
    /// <param name="text"><c>HOST:PORT</c> or a configuration string of StackExchange.Redis.</param>
    /// <param name="silo">Name of the silo, shown by <c>CLIENT LIST</c>.</param>
    public static ConfigurationOptions Parse(string text, string silo)
    {
        ConfigurationOptions options = ConfigurationOptions.Parse(text);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = ConnectMilliseconds;
        options.AsyncTimeout = CommandMilliseconds;
        options.SyncTimeout = CommandMilliseconds;
        options.KeepAlive = KeepAliveSeconds;
        options.ClientName = $"bigrain-{silo}";
        options.ReconnectRetryPolicy = new LinearRetry(1_000);
        return options;
    }

    /// <summary>The hosts, for messages.</summary>
    public static string Describe(ConfigurationOptions options) => string.Join(',', options.EndPoints.Select(NameOf));

    private static string NameOf(EndPoint address) => address is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : address.ToString()!;
}
