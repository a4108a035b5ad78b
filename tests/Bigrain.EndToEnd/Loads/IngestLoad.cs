using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;
using Bigrain.Client;

namespace Bigrain.EndToEnd.Loads;

/// <summary>Writes through the SDK, keeps a model of what was acknowledged, and compares it in the end.</summary>
/// <remarks>Each worker owns its ids. A batch holds new documents and new versions of settled ones. When the SDK gives up, even workers
/// send the same batch id again until it is acknowledged; odd ones leave the outcome open and never touch those ids again.</remarks>
internal sealed partial class IngestLoad : IAsyncDisposable
{
    public const int Dimension = 32;
    private const int BatchDocuments = 6;
    private const int UpdatesPerBatch = 2;
    private const int ReadEvery = 4;
    private const int DeleteEvery = 3;

    // Far from the documents of other loads in the same collection.
    private const int Offset = 2_000;

    private const int IdsPerCall = 1_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<BigrainClient> _clients;
    private readonly string _collection;
    private readonly bool _byCodes;
    private readonly ConcurrentDictionary<string, SentDocument> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Task[] _workers;
    private readonly string _run = $"{Guid.NewGuid():N}";
    private int _acknowledged;
    private int _resent;
    private int _unknown;
    private int _refused;
    private int _wrongReads;
    private long _longestTicks;

    private IngestLoad(IReadOnlyList<BigrainClient> clients, string collection, bool byCodes)
    {
        _byCodes = byCodes;
        _clients = clients;
        _collection = collection;
        _workers = [.. Enumerable.Range(0, clients.Count).Select(worker => Task.Run(() => WorkAsync(worker)))];
    }

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Starts a load.</summary>
    /// <param name="clients">One worker for each, whose client it disposes.</param>
    /// <param name="collection">A collection of <see cref="Dimension"/> dimensions.</param>
    /// <param name="byCodes">Whether it is searched by codes, which may miss a document: own writes are then read by id. Such a load deletes, too.</param>
    public static IngestLoad Start(IReadOnlyList<BigrainClient> clients, string collection, bool byCodes = false) => new(clients, collection, byCodes);

    public async Task<IngestReport> StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_workers);
        return new IngestReport(_acknowledged, _resent, _unknown, _refused, _wrongReads, TimeSpan.FromTicks(_longestTicks), [.. _problems]);
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

    private static float[] Vector(int worker, int serial, int version)
    {
        float[] vector = new float[Dimension];
        vector[0] = Offset + worker;
        for (int i = 0; i < 6; i++)
        {
            vector[1 + i] = (serial >> (4 * i)) & 15;
            vector[7 + (i % 4)] += (version >> (4 * i)) & 15;
        }

        vector[^1] = (serial * 31) % 17;
        return vector;
    }

    private static string Id(int worker, int serial) => string.Create(CultureInfo.InvariantCulture, $"w{worker}-{serial}");

    private static (int Worker, int Serial) Parse(string id)
    {
        string[] parts = id[1..].Split('-');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private async Task WorkAsync(int worker)
    {
        Random random = new(20261122 + worker);
        int serial = 0;
        for (int batch = 0; !_stop.IsCancellationRequested; batch++)
        {
            List<(int Serial, int Version)> rows = [];
            for (int i = 0; i < BatchDocuments; i++)
            {
                if (i < UpdatesPerBatch && serial > 0 && random.Next(serial) is int old
                    && _sent.TryGetValue(Id(worker, old), out SentDocument? known) && known is { IsSettled: true, IsDeleted: false } && rows.TrueForAll(row => row.Serial != old))
                {
                    rows.Add((old, known.LastVersion + 1));
                }
                else
                {
                    rows.Add((serial++, 0));
                }
            }

            await WriteAsync(worker, batch, rows);
            if (_byCodes && batch % DeleteEvery == 0)
            {
                await DeleteAsync(worker, random.Next(serial));
            }

            await Task.Delay(Pause);
        }
    }

    private async Task WriteAsync(int worker, int batch, List<(int Serial, int Version)> rows)
    {
        foreach ((int serial, int version) in rows)
        {
            SentDocument document = _sent.GetOrAdd(Id(worker, serial), static _ => new SentDocument());
            document.Allowed.Add(version);
            document.LastVersion = version;
            document.IsSettled = false;
        }

        WriteRequest request = new()
        {
            BatchId = $"{_run}-{worker}-{batch}",
            Documents =
            [
                .. rows.Select(row => new Document
                {
                    Id = Id(worker, row.Serial),
                    VectorBase64 = NumberSet.Bytes(Vector(worker, row.Serial, row.Version)),
                }),
            ],
        };
        bool wasResent = false;
        while (true)
        {
            long sent = Stopwatch.GetTimestamp();
            try
            {
                await _clients[worker].WriteAsync(_collection, request, CancellationToken.None);
                Settle(worker, rows, Stopwatch.GetElapsedTime(sent), wasResent);
                break;
            }
            catch (BigrainClientException e)
            {
                bool isRefused = !e.Retryable;
                _problems.Enqueue($"write failed at {Stopwatch.GetElapsedTime(_start).TotalSeconds:0.00} s after {Stopwatch.GetElapsedTime(sent).TotalSeconds:0.00} s: {e.Code}: {e.Message}");
                if (isRefused)
                {
                    Interlocked.Increment(ref _refused);
                }

                bool staysOpen = worker % 2 == 1 || (_stop.IsCancellationRequested && wasResent);
                if (staysOpen)
                {
                    Interlocked.Increment(ref _unknown);
                    return;
                }

                wasResent = true;
            }
        }

        if (batch % ReadEvery == 0)
        {
            await ReadOwnWriteAsync(worker, rows[^1]);
        }
    }

    /// <summary>Deletes a settled document; one whose outcome stays open may be there or not, and is left alone from then on.</summary>
    private async Task DeleteAsync(int worker, int serial)
    {
        string id = Id(worker, serial);
        if (!_sent.TryGetValue(id, out SentDocument? document) || document is not { IsSettled: true, IsDeleted: false })
        {
            return;
        }

        document.IsSettled = false;
        document.MayBeAbsent = true;
        try
        {
            await _clients[worker].DeleteAsync(_collection, new DeleteRequest { Ids = [id] }, CancellationToken.None);
            document.Allowed.Clear();
            document.IsDeleted = true;
            Interlocked.Increment(ref _acknowledged);
        }
        catch (BigrainClientException e)
        {
            _problems.Enqueue($"delete failed at {Stopwatch.GetElapsedTime(_start).TotalSeconds:0.00} s: {e.Code}: {e.Message}");
            Interlocked.Increment(ref _unknown);
        }
    }

    private void Settle(int worker, List<(int Serial, int Version)> rows, TimeSpan took, bool wasResent)
    {
        foreach ((int serial, int version) in rows)
        {
            SentDocument document = _sent[Id(worker, serial)];
            document.Allowed.Clear();
            document.Allowed.Add(version);
            document.MayBeAbsent = false;
            document.IsSettled = true;
        }

        Interlocked.Increment(ref _acknowledged);
        if (wasResent)
        {
            Interlocked.Increment(ref _resent);
        }

        InterlockedMax(ref _longestTicks, took.Ticks);
    }

    /// <summary>A write is searchable at once by its token: an answer that calls itself complete must have it.</summary>
    private async Task ReadOwnWriteAsync(int worker, (int Serial, int Version) row)
    {
        try
        {
            if (_byCodes)
            {
                await GetOwnWriteAsync(worker, row);
                return;
            }

            QueryReply reply = await _clients[worker].QueryAsync(
                _collection, new QueryRequest { VectorBase64 = NumberSet.Bytes(Vector(worker, row.Serial, row.Version)), K = 1, IncludePayload = false }, CancellationToken.None);
            string id = Id(worker, row.Serial);
            if (reply.Complete && (reply.Hits.Count != 1 || reply.Hits[0].Id != id || reply.Hits[0].Score != 0))
            {
                Interlocked.Increment(ref _wrongReads);
                _problems.Enqueue($"own write {id} version {row.Version} not found at {Stopwatch.GetElapsedTime(_start).TotalSeconds:0.00} s: found {(reply.Hits.Count > 0 ? $"{reply.Hits[0].Id} at {reply.Hits[0].Score}" : "nothing")}");
            }
        }
        catch (BigrainClientException e)
        {
            _problems.Enqueue($"read failed at {Stopwatch.GetElapsedTime(_start).TotalSeconds:0.00} s: {e.Code}: {e.Message}");
        }
    }

    private async Task GetOwnWriteAsync(int worker, (int Serial, int Version) row)
    {
        string id = Id(worker, row.Serial);
        GetReply reply = await _clients[worker].GetDocumentsAsync(_collection, new GetRequest { Ids = [id], Base64 = true }, CancellationToken.None);
        if (reply.Documents is not [var document] || !NumberSet.Bytes(Vector(worker, row.Serial, row.Version)).AsSpan().SequenceEqual(document.VectorBase64))
        {
            Interlocked.Increment(ref _wrongReads);
            _problems.Enqueue($"own write {id} version {row.Version} not read at {Stopwatch.GetElapsedTime(_start).TotalSeconds:0.00} s");
        }
    }

    private static void InterlockedMax(ref long target, long value)
    {
        long seen = Volatile.Read(ref target);
        while (value > seen)
        {
            long before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
