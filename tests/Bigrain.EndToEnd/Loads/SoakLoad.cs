using System.Collections.Concurrent;
using System.Globalization;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;
using Bigrain.Client;

namespace Bigrain.EndToEnd.Loads;

/// <summary>Upserts, deletes and queries over a fixed set of ids, for as long as wanted: what is stored stays about the same.</summary>
/// <remarks>Each worker owns its ids and knows which of them live and in which version.</remarks>
internal sealed class SoakLoad : IAsyncDisposable
{
    public const int Dimension = 32;
    private const int IdsPerWorker = 1_500;
    private const int BatchDocuments = 40;
    private const int DeletesPerBatch = 8;
    private const int IdsPerCall = 500;

    // What a document is to the one who sends it: its vector, an id of some eight bytes, a payload of some thirty.
    private const int DocumentBytes = (Dimension * sizeof(float)) + 8 + 30;

    private readonly IReadOnlyList<BigrainClient> _clients;
    private readonly string _collection;
    private readonly TimeSpan _pause;
    private readonly int?[][] _versions;
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _workers;
    private long _documents;
    private long _deletes;
    private long _queries;
    private long _behind;

    private SoakLoad(IReadOnlyList<BigrainClient> clients, string collection, TimeSpan pause)
    {
        _clients = clients;
        _collection = collection;
        _pause = pause;
        _versions = [.. clients.Select(static _ => new int?[IdsPerWorker])];
        _workers = [.. Enumerable.Range(0, clients.Count).Select(worker => Task.Run(() => WorkAsync(worker)))];
    }

    /// <summary>Documents acknowledged so far.</summary>
    public long DocumentCount => Interlocked.Read(ref _documents);

    /// <summary>Bytes of the documents acknowledged so far.</summary>
    public long DocumentBytesSent => DocumentCount * DocumentBytes;

    public string Summary => string.Create(
        CultureInfo.InvariantCulture, $"{DocumentCount} documents, {Interlocked.Read(ref _deletes)} deletes, {Interlocked.Read(ref _queries)} queries ({Interlocked.Read(ref _behind)} said that they are behind)");

    /// <summary>What failed; empty when nothing did.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Starts it, one worker for each client.</summary>
    public static SoakLoad Start(IReadOnlyList<BigrainClient> clients, string collection, TimeSpan pause) => new(clients, collection, pause);

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_workers);
    }

    /// <summary>Compares what is there with what was acknowledged, id by id; call it after <see cref="StopAsync"/>.</summary>
    public async Task<IReadOnlyList<string>> CheckAsync(BigrainClient reader, CancellationToken cancellationToken)
    {
        List<string> faults = [];
        for (int worker = 0; worker < _versions.Length; worker++)
        {
            foreach (int[] serials in Enumerable.Range(0, IdsPerWorker).Chunk(IdsPerCall))
            {
                GetReply reply = await reader.GetDocumentsAsync(
                    _collection, new GetRequest { Ids = [.. serials.Select(serial => Id(worker, serial))], IncludeVector = false }, cancellationToken);
                Dictionary<string, string> found = reply.Documents.ToDictionary(
                    static document => document.Id, static document => document.Payload?.ToString() ?? "", StringComparer.Ordinal);
                foreach (int serial in serials)
                {
                    string? expected = _versions[worker][serial] is { } version ? Payload(version) : null;
                    string? actual = found.GetValueOrDefault(Id(worker, serial));
                    if (expected != actual)
                    {
                        faults.Add($"{Id(worker, serial)} is {actual ?? "absent"}, expected {expected ?? "absent"}");
                    }
                }
            }
        }

        return faults;
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

    private static string Id(int worker, int serial) => string.Create(CultureInfo.InvariantCulture, $"w{worker}-{serial}");

    private static string Payload(int version) => string.Create(CultureInfo.InvariantCulture, $$"""{"version":{{version}},"note":"soak"}""");

    private async Task WorkAsync(int worker)
    {
        var random = new Random(20261123 + worker);
        for (int turn = 1; !_stop.IsCancellationRequested; turn++)
        {
            try
            {
                await WriteAsync(worker, turn, random);
                await DeleteAsync(worker, random);
                await QueryAsync(worker, random);
                await QueryAsync(worker, random);
            }
            catch (BigrainClientException e)
            {
                _problems.Enqueue($"{e.Code}: {e.Message}");
                return;
            }

            await Task.Delay(_pause);
        }
    }

    private async Task WriteAsync(int worker, int turn, Random random)
    {
        int[] serials = [.. Enumerable.Range(0, BatchDocuments).Select(_ => random.Next(IdsPerWorker)).Distinct()];
        await RetryAsync(() => _clients[worker].WriteAsync(
            _collection,
            new WriteRequest
            {
                BatchId = string.Create(CultureInfo.InvariantCulture, $"s{worker}-{turn}"),
                Documents =
                [
                    .. serials.Select(serial => new Document
                    {
                        Id = Id(worker, serial),
                        VectorBase64 = NumberSet.Bytes(Vector(random)),
                        Payload = Bigrain.Api.Serialization.RawJson.Parse(Payload(turn)),
                    }),
                ],
            },
            CancellationToken.None));
        foreach (int serial in serials)
        {
            _versions[worker][serial] = turn;
        }

        Interlocked.Add(ref _documents, serials.Length);
    }

    private async Task DeleteAsync(int worker, Random random)
    {
        int[] serials = [.. Enumerable.Range(0, DeletesPerBatch).Select(_ => random.Next(IdsPerWorker)).Distinct()];
        await RetryAsync(() => _clients[worker].DeleteAsync(_collection, new DeleteRequest { Ids = [.. serials.Select(serial => Id(worker, serial))] }, CancellationToken.None));
        foreach (int serial in serials)
        {
            _versions[worker][serial] = null;
        }

        Interlocked.Add(ref _deletes, serials.Length);
    }

    private async Task QueryAsync(int worker, Random random)
    {
        QueryReply reply = await _clients[worker].QueryAsync(_collection, new QueryRequest { VectorBase64 = NumberSet.Bytes(Vector(random)), K = 10 }, CancellationToken.None);
        if (!reply.Complete && reply.Reason != "behind")
        {
            _problems.Enqueue($"incomplete: {reply.Reason}");
        }
        else if (!reply.Complete)
        {
            // Three silos and their store on a few cores: what says that it is late is late, not wrong.
            Interlocked.Increment(ref _behind);
        }

        Interlocked.Increment(ref _queries);
    }

    /// <summary>Until it is acknowledged: deletes and versions are the same when sent again.</summary>
    private static async Task RetryAsync(Func<Task> send)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await send();
                return;
            }
            catch (BigrainClientException e) when (e.Retryable && attempt < 10)
            {
                await Task.Delay(100 * attempt);
            }
        }
    }

    private static float[] Vector(Random random)
    {
        float[] vector = new float[Dimension];
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = random.NextSingle() - 0.5f;
        }

        return vector;
    }
}
