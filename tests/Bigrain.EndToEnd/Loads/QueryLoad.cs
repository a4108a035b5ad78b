using System.Collections.Concurrent;
using System.Diagnostics;
using Bigrain.Api.Queries;
using Bigrain.Client;

namespace Bigrain.EndToEnd.Loads;

/// <summary>Asks at a steady rate through the SDK and holds every answer against what is known to be right.</summary>
internal sealed class QueryLoad : IAsyncDisposable
{
    private readonly IReadOnlyList<IExpectation> _expectations;
    private readonly IReadOnlyList<BigrainClient> _clients;
    private readonly TimeSpan _period;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<QueryEvent> _events = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Task[] _workers;

    private QueryLoad(IReadOnlyList<BigrainClient> clients, IReadOnlyList<IExpectation> expectations, double perSecond)
    {
        _clients = clients;
        _expectations = expectations;
        _period = TimeSpan.FromSeconds(clients.Count / perSecond);
        _workers = [.. Enumerable.Range(0, clients.Count).Select(worker => Task.Run(() => WorkAsync(worker)))];
    }

    /// <summary>Time since the start of the load.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Starts a load.</summary>
    /// <param name="clients">One worker for each, whose client it disposes.</param>
    /// <param name="perSecond">Queries a second in all; fewer while answers take longer.</param>
    /// <param name="expectations">Asked in turn.</param>
    public static QueryLoad Start(IReadOnlyList<BigrainClient> clients, double perSecond, params IReadOnlyList<IExpectation> expectations) =>
        new(clients, expectations, perSecond);

    /// <summary>Queries that have ended so far.</summary>
    public int Count => _events.Count;

    /// <summary>Queries so far.</summary>
    public QueryReport Snapshot() => new([.. _events]);

    /// <summary>Ends the load and waits for the queries in flight.</summary>
    public async Task<QueryReport> StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_workers);
        return new QueryReport([.. _events.OrderBy(static one => one.At)]);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (BigrainClient client in _clients)
        {
            client.Dispose();
        }

        _stop.Dispose();
    }

    private async Task WorkAsync(int worker)
    {
        using PeriodicTimer timer = new(_period);
        int turn = worker;
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                IExpectation expectation = _expectations[turn % _expectations.Count];
                _events.Enqueue(await AskAsync(_clients[worker], expectation, turn / _expectations.Count % expectation.QueryCount));
                turn += 1 + worker;
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the load.
        }
    }

    private async Task<QueryEvent> AskAsync(BigrainClient client, IExpectation expectation, int index)
    {
        TimeSpan at = Elapsed;
        try
        {
            QueryReply reply = await client.QueryAsync(expectation.Collection, expectation.Query(index), CancellationToken.None);
            TimeSpan took = Elapsed - at;
            string? fault = FaultOf(reply) ?? expectation.FaultOf(index, reply);
            return fault is not null
                ? new QueryEvent(at, took, reply.TookMilliseconds, QueryOutcome.Wrong, reply.Missing, reply.Verified, $"{expectation.Collection} query {index}: {fault} ({(reply.Complete ? "complete" : Flags(reply))})")
                : reply.Complete
                    ? new QueryEvent(at, took, reply.TookMilliseconds, QueryOutcome.Right, [], reply.Verified, null)
                    : new QueryEvent(at, took, reply.TookMilliseconds, QueryOutcome.Flagged, reply.Missing, reply.Verified, Flags(reply));
        }
        catch (BigrainClientException e)
        {
            return new QueryEvent(at, Elapsed - at, 0, QueryOutcome.Failed, e.Partial?.Missing ?? [], null, $"{e.Code}: {e.Message}");
        }
    }

    private static string Flags(QueryReply reply) => $"{reply.Reason}; missing {string.Join(',', reply.Missing)}; verified {reply.Verified}";

    /// <summary>What an answer says of itself must fit together: complete means that every partition answered and every hit was verified.</summary>
    private static string? FaultOf(QueryReply reply) => reply switch
    {
        { Complete: true, Missing.Count: > 0 } => "complete with missing partitions",
        { Complete: true } when reply.PartitionsAnswered != reply.PartitionsAsked => "complete with fewer answers than partitions",
        { Complete: true, Verified: not "all" } => $"complete with verified {reply.Verified}",
        { Complete: false, Reason: null or "" } => "incomplete without a reason",
        _ => null,
    };
}
