using Bigrain.Index.Errors;
using Bigrain.Silo.Hosting;
using StackExchange.Redis;

namespace Bigrain.Silo.Membership;

/// <summary>The one connection of this process to Redis, opened at its first use and kept trying from then on.</summary>
internal sealed class RedisConnection(SiloSettings settings) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private Task<IConnectionMultiplexer>? _open;

    /// <summary>How it connects.</summary>
    public ConfigurationOptions Configuration { get; } = RedisAddress.Parse(settings.Redis!, settings.Name);

    /// <summary>The connection, up or on its way.</summary>
    public Task<IConnectionMultiplexer> OpenAsync()
    {
        lock (_lock)
        {
            return _open ??= ConnectAsync();
        }
    }

    /// <summary>Ends the start when Redis cannot be reached.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        try
        {
            IConnectionMultiplexer connection = await OpenAsync().WaitAsync(cancellationToken);
            await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            throw Unreachable(Configuration, error);
        }
    }

    /// <summary>The error of a Redis that does not answer, or not as it should.</summary>
    public static BigrainException Unreachable(ConfigurationOptions configuration, Exception error) => new(
        ErrorCode.Unavailable,
        $"redis at {RedisAddress.Describe(configuration)} cannot be used ({error.GetType().Name}: {Summary(error.Message)}): "
        + "start it, or correct --redis (address, password); a silo cannot join its cluster without it",
        "redis");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_open is { } open)
        {
            await (await open).DisposeAsync();
        }
    }

    private async Task<IConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(Configuration);

    // Behind the first dash stand the client's own counters.
    private static string Summary(string text)
    {
        string line = text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? text[..end] : text;
        return line.IndexOf(" - ", StringComparison.Ordinal) is >= 0 and var dash ? line[..dash] : line;
    }
}
