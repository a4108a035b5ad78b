using System.Collections.Concurrent;
using System.Net;

namespace Bigrain.Client.Tests;

/// <summary>Servers that behave by their port, and keep what was asked of each.</summary>
internal sealed class SeveralServers : HttpMessageHandler
{
    private readonly ConcurrentDictionary<int, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>> _servers = [];

    /// <summary>Port and body of every request, in order.</summary>
    public ConcurrentQueue<(int Port, string Body)> Requests { get; } = [];

    /// <summary>Ports of all requests, in order.</summary>
    public int[] Ports => [.. Requests.Select(static request => request.Port)];

    /// <summary>Options of a client that knows the servers.</summary>
    public static BigrainClientOptions Options(TimeSpan timeout, params int[] ports) => new()
    {
        Timeout = timeout,
        Endpoints = [.. ports.Select(static port => new Uri($"http://127.0.0.1:{port}"))],
    };

    /// <summary>A server that answers.</summary>
    public SeveralServers Answers(int port, string json, HttpStatusCode status = HttpStatusCode.OK) =>
        On(port, (_, _) => Task.FromResult(ScriptedServer.Json(json, status)));

    /// <summary>A server with an open socket that never answers.</summary>
    public SeveralServers Hangs(int port) => On(port, static async (_, cancellationToken) =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        throw new InvalidOperationException("unreachable");
    });

    /// <summary>A server whose connections break.</summary>
    public SeveralServers Resets(int port) => On(port, static (_, _) => throw new HttpRequestException("connection reset"));

    public SeveralServers On(int port, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> behaviour)
    {
        _servers[port] = behaviour;
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        int port = request.RequestUri!.Port;
        Requests.Enqueue((port, request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken)));
        return await _servers[port](request, cancellationToken);
    }
}
