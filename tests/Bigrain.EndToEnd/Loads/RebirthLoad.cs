using System.Collections.Concurrent;
using System.Globalization;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;
using Bigrain.Client;

namespace Bigrain.EndToEnd.Loads;

/// <summary>Writers, readers and queries that go on while a name is dropped and made again, and that know what belongs to which life.</summary>
/// <remarks>Every document is sent once, under an id of its own; the token of the acknowledgement says which life has it. What was sent
/// after the making of a life had returned must not be acknowledged by, or answered from, an earlier one.</remarks>
internal sealed class RebirthLoad : IAsyncDisposable
{
    public const int Dimension = 16;
    private const int BatchDocuments = 10;
    private const int ReadEvery = 3;
    private const int K = 20;
    private const int MostFaults = 20;
    private const int IdsPerCall = 1_000;
    private const int TimeoutMilliseconds = 8_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    private readonly string _collection;
    private readonly IReadOnlyList<BigrainClient> _clients;
    private readonly ConcurrentDictionary<string, int> _rounds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Id, int Round)> _unsettledHits = new();
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _workers;
    private volatile Life? _made;
    private volatile Life? _open;

    private RebirthLoad(string collection, IReadOnlyList<BigrainClient> writers, IReadOnlyList<BigrainClient> readers)
    {
        _collection = collection;
        _clients = [.. writers, .. readers];
        _workers =
        [
            .. writers.Select((client, worker) => Task.Run(() => WriteAsync(worker, client, readers[(worker + 1) % readers.Count]))),
            .. readers.Select((client, worker) => Task.Run(() => QueryAsync(worker, client))),
        ];
    }

    /// <summary>What must not have happened; empty when all is well.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    public int AcknowledgedCount => _acknowledged.Count;

    public string Summary => string.Join(", ", _counts.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Value} {pair.Key}"));

    /// <summary>Starts it; the name need not exist yet.</summary>
    /// <param name="collection">The name.</param>
    /// <param name="writers">One writer for each, which it disposes.</param>
    /// <param name="readers">One asker for each, which it disposes; best one for each silo.</param>
    public static RebirthLoad Start(string collection, IReadOnlyList<BigrainClient> writers, IReadOnlyList<BigrainClient> readers) =>
        new(collection, writers, readers);

    /// <summary>Notes that the making of a life has returned.</summary>
    public void Begin(Life life)
    {
        _rounds[life.Incarnation] = life.Round;
        _made = life;
        _open = life;
    }

    /// <summary>Notes that the life is about to be dropped.</summary>
    public void End() => _open = null;

    /// <summary>Documents that a life has acknowledged.</summary>
    public IReadOnlyList<string> AcknowledgedBy(Life life) =>
        [.. _acknowledged.Where(pair => pair.Value == life.Incarnation).Select(static pair => pair.Key)];

    /// <summary>Answers that were asked for while a life was open.</summary>
    public int AnswersIn(Life life) => _counts.GetValueOrDefault(AnswersName(life));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_workers);
        while (_unsettledHits.TryDequeue(out (string Id, int Round) hit))
        {
            if (IsOlder(hit.Id, hit.Round))
            {
                _problems.Enqueue($"{hit.Id} of an earlier life was found in round {hit.Round}");
            }
        }
    }

    /// <summary>Reads, through one client, every document that the life had acknowledged before, and documents of earlier ones.</summary>
    /// <returns>What is wrong, the first few.</returns>
    public async Task<IReadOnlyList<string>> CheckAsync(BigrainClient client, Life life, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> mine = AcknowledgedBy(life);
        string[] old = [.. _acknowledged.Keys.Where(id => IsOlder(id, life.Round))];
        List<string> faults = [];
        foreach (string[] ids in mine.Chunk(IdsPerCall))
        {
            GetReply reply = await client.GetDocumentsAsync(_collection, Request(ids), cancellationToken);
            faults.AddRange(reply.NotFound.Select(id => $"{id} was acknowledged by round {life.Round} and is not found"));
        }

        foreach (string[] ids in old.Chunk(IdsPerCall))
        {
            GetReply reply = await client.GetDocumentsAsync(_collection, Request(ids), cancellationToken);
            faults.AddRange(reply.Documents.Select(document => $"{document.Id} of an earlier life is there in round {life.Round}"));
        }

        return [.. faults.Take(MostFaults)];
    }

    /// <summary>Lists the documents of the life.</summary>
    /// <returns>Those that no acknowledgement speaks of, or that of an earlier life.</returns>
    public async Task<(IReadOnlyList<string> Unsettled, IReadOnlyList<string> Old)> ListAsync(BigrainClient client, Life life, CancellationToken cancellationToken)
    {
        List<string> unsettled = [], old = [];
        string? after = null;
        do
        {
            DocumentPage page = await client.ListDocumentsAsync(_collection, after, IdsPerCall, cancellationToken: cancellationToken);
            unsettled.AddRange(page.Documents.Select(static document => document.Id).Where(id => !_acknowledged.ContainsKey(id)));
            old.AddRange(page.Documents.Select(static document => document.Id).Where(id => IsOlder(id, life.Round)));
            after = page.NextAfter;
        }
        while (after is not null);
        return (unsettled, old);
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

    private static string AnswersName(Life life) => string.Create(CultureInfo.InvariantCulture, $"answers in round {life.Round}");

    private static float[] Vector(Random random) => [.. Enumerable.Range(0, Dimension).Select(_ => random.NextSingle() - 0.5f)];

    private static GetRequest Request(string[] ids) => new() { Ids = ids, IncludeVector = false, Consistency = "strong", TimeoutMilliseconds = 30_000 };

    /// <summary>Whether a life before that round has acknowledged the document.</summary>
    private bool IsOlder(string id, int round) =>
        _acknowledged.TryGetValue(id, out string? incarnation) && _rounds.TryGetValue(incarnation, out int of) && of < round;

    private void Count(string what) => _counts.AddOrUpdate(what, 1, static (_, count) => count + 1);

    private async Task WriteAsync(int worker, BigrainClient client, BigrainClient reader)
    {
        Random random = new(20261123 + worker);
        for (int batch = 0; !_stop.IsCancellationRequested; batch++)
        {
            Life? made = _made;
            Life? open = _open;
            string[] ids = [.. Enumerable.Range(0, BatchDocuments).Select(i => string.Create(CultureInfo.InvariantCulture, $"r{made?.Round ?? -1}-w{worker}-{batch}-{i}"))];
            try
            {
                WriteReply reply = await client.WriteAsync(
                    _collection,
                    new WriteRequest { Documents = [.. ids.Select(id => new Document { Id = id, VectorBase64 = NumberSet.Bytes(Vector(random)) })] },
                    CancellationToken.None);
                Assign(ids, reply, made);
                if (batch % ReadEvery == 0)
                {
                    await ReadOwnWriteAsync(reader, ids, reply.Token!);
                }
            }
            catch (BigrainClientException e)
            {
                Fail("write", open, e);
            }

            await Task.Delay(Pause);
        }
    }

    private void Assign(string[] ids, WriteReply reply, Life? made)
    {
        if (!WriteToken.TryParse(reply.Token, out WriteToken? token))
        {
            _problems.Enqueue($"an acknowledgement without a token: {reply.Token}");
            return;
        }

        foreach (string id in ids)
        {
            _acknowledged[id] = token.Incarnation;
        }

        Count("writes acknowledged");
        if (made is not null && IsOlder(ids[0], made.Round))
        {
            _problems.Enqueue($"{ids[0]} was sent after round {made.Round} had been made, and acknowledged by round {_rounds[token.Incarnation]}: lost");
        }
    }

    /// <summary>Reads what was acknowledged a moment ago through another silo, which must know it by the token unless the life has ended.</summary>
    private async Task ReadOwnWriteAsync(BigrainClient reader, string[] ids, string token)
    {
        Life? open = _open;
        if (open is null || _acknowledged[ids[0]] != open.Incarnation)
        {
            return;
        }

        try
        {
            GetReply reply = await reader.GetDocumentsAsync(
                _collection, new GetRequest { Ids = ids, IncludeVector = false, Token = token, TimeoutMilliseconds = TimeoutMilliseconds }, CancellationToken.None);
            Count("own writes read");
            if (reply.NotFound.Count > 0 && ReferenceEquals(open, _open))
            {
                _problems.Enqueue($"{reply.NotFound[0]}, acknowledged by the open round {open.Round}, is not found by its token");
            }
        }
        catch (BigrainClientException e)
        {
            Fail("get", open, e);
        }
    }

    private async Task QueryAsync(int worker, BigrainClient client)
    {
        Random random = new(20261124 + worker);
        while (!_stop.IsCancellationRequested)
        {
            Life? made = _made;
            Life? open = _open;
            try
            {
                QueryReply reply = await client.QueryAsync(
                    _collection,
                    new QueryRequest { VectorBase64 = NumberSet.Bytes(Vector(random)), K = K, IncludePayload = false, TimeoutMilliseconds = TimeoutMilliseconds },
                    CancellationToken.None);
                Note(reply, made, open);
            }
            catch (BigrainClientException e)
            {
                Fail("query", open, e);
            }

            await Task.Delay(Pause);
        }
    }

    private void Note(QueryReply reply, Life? made, Life? open)
    {
        Count(reply.Complete ? "complete answers" : $"answers flagged {reply.Reason}");
        if (open is not null)
        {
            Count(AnswersName(open));
        }

        foreach (QueryHit hit in reply.Hits.Where(_ => made is not null))
        {
            if (IsOlder(hit.Id, made!.Round))
            {
                _problems.Enqueue($"{hit.Id} of an earlier life was found by a query sent after round {made.Round} had been made");
            }
            else if (!_acknowledged.ContainsKey(hit.Id))
            {
                // Its acknowledgement may still be on the way here, and say that it is of an earlier life.
                _unsettledHits.Enqueue((hit.Id, made.Round));
            }
        }
    }

    /// <summary>Between a drop and the next making a refusal is right; in a life that was open from before the call to its end, none is.</summary>
    private void Fail(string what, Life? open, BigrainClientException error)
    {
        Count($"{what} refusals {error.Code.Split(':')[^1]}");
        if (open is not null && ReferenceEquals(open, _open))
        {
            _problems.Enqueue($"{what} failed in the open round {open.Round}: {error.Code}: {error.Message}");
        }
    }
}
