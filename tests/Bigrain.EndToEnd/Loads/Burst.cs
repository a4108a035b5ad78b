using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Bigrain.EndToEnd.Loads;

/// <summary>Sends queries without the patience of the SDK: no retries, and the next one whether or not the last was answered.</summary>
internal sealed class Burst : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = TimeSpan.FromSeconds(20) };
    private readonly Uri[] _targets;
    private readonly byte[][] _bodies;
    private readonly ConcurrentQueue<(HttpStatusCode? Status, TimeSpan Took)> _events = new();
    private int _turn;

    /// <param name="servers">Asked in turn.</param>
    /// <param name="collection">Collection.</param>
    /// <param name="queries">Asked in turn.</param>
    /// <param name="k">Hits; makes queries heavy.</param>
    public Burst(IEnumerable<Uri> servers, string collection, IEnumerable<float[]> queries, int k)
    {
        _targets = [.. servers.Select(server => new Uri(server, $"/v1/collections/{collection}/query"))];
        _bodies =
        [
            .. queries.Select(query => Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"vectorBase64\":{JsonSerializer.Serialize(Convert.ToBase64String(NumberSet.Bytes(query)))},\"k\":{k},\"nprobe\":1000,\"includePayload\":false,\"timeoutMilliseconds\":2000}}"))),
        ];
    }

    /// <summary>What a cluster answers at most: so many at once, the next one when one is answered.</summary>
    /// <returns>Answers a second.</returns>
    public async Task<double> MeasureCapacityAsync(int inFlight, TimeSpan window)
    {
        long start = Stopwatch.GetTimestamp();
        int answered = 0;
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < window)
            {
                if (await SendAsync() == HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref answered);
                }
            }
        })));
        _events.Clear();
        return answered / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Sends at a rate, whatever is answered.</summary>
    /// <returns>How each ended, in the order of their ends.</returns>
    public async Task<IReadOnlyList<(HttpStatusCode? Status, TimeSpan Took)>> RunAsync(double perSecond, TimeSpan window)
    {
        long start = Stopwatch.GetTimestamp();
        List<Task> sent = [];
        using PeriodicTimer timer = new(Tick);
        while (Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < window)
        {
            for (int due = (int)(elapsed.TotalSeconds * perSecond) - sent.Count; due > 0; due--)
            {
                sent.Add(Task.Run(SendAsync));
            }

            await timer.WaitForNextTickAsync();
        }

        await Task.WhenAll(sent);
        return [.. _events];
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpStatusCode?> SendAsync()
    {
        int turn = Interlocked.Increment(ref _turn);
        using ByteArrayContent body = new(_bodies[turn % _bodies.Length]);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        long start = Stopwatch.GetTimestamp();
        HttpStatusCode? status = null;
        try
        {
            using HttpResponseMessage response = await _http.PostAsync(_targets[turn % _targets.Length], body);
            status = response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // No answer: null.
        }

        _events.Enqueue((status, Stopwatch.GetElapsedTime(start)));
        return status;
    }
}
