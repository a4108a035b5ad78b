using System.Globalization;
using System.Text;
using Bigrain.Faults.Log;
using Bigrain.Index.Documents;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;
using Bigrain.TestKit.Randomness;

namespace Bigrain.Faults.Replicas;

/// <summary>What clients sent and what they were told.</summary>
internal sealed class ReplicaClients
{
    private const int IdCount = 60;

    // Clients give up long before a batch id is forgotten, on any clock.
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(3);

    private readonly SeededRandom _random;
    private readonly IIdHash _hash;
    private readonly string[][] _ids;
    private readonly List<Request>[] _requests;
    private readonly List<(Request Request, TimeSpan GiveUpAt)>[] _open;
    private readonly List<(TimeSpan At, long Sequence)>[] _acknowledged;
    private long _events;

    public ReplicaClients(SeededRandom random, IIdHash hash, int streamCount)
    {
        _random = random;
        _hash = hash;
        string[] all = [.. Enumerable.Range(0, IdCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"d{i}"))];
        _ids = [.. Enumerable.Range(0, streamCount).Select(stream => all.Where(id => StreamOf(id, streamCount) == stream).ToArray())];
        _requests = [.. Enumerable.Range(0, streamCount).Select(_ => new List<Request>())];
        _open = [.. Enumerable.Range(0, streamCount).Select(_ => new List<(Request, TimeSpan)>())];
        _acknowledged = [.. Enumerable.Range(0, streamCount).Select(_ => new List<(TimeSpan, long)>())];
    }

    public int AcknowledgedCount => _acknowledged.Sum(stream => stream.Count);

    public IReadOnlyList<Request> RequestsOf(int stream) => _requests[stream];

    /// <summary>A new batch, or one that was not acknowledged and is sent again.</summary>
    public Request Next(int stream, TimeSpan now)
    {
        _open[stream].RemoveAll(open => open.GiveUpAt < now || open.Request.AcknowledgedAt is not null);
        if (_open[stream].Count > 0 && _random.Chance(0.4))
        {
            return _open[stream][_random.Next(_open[stream].Count)].Request;
        }

        Request request = Create(stream);
        _requests[stream].Add(request);
        if (request.BatchId is not null)
        {
            _open[stream].Add((request, now + RetryFor));
        }

        return request;
    }

    public void Acknowledge(int stream, Request request, long sequence, TimeSpan now)
    {
        if (request.AcknowledgedAt is null)
        {
            request.AcknowledgedAt = ++_events;
            request.Sequence = sequence;
            _acknowledged[stream].Add((now, sequence));
        }
        else if (request.Sequence != sequence)
        {
            throw new SimulationFailure(FormattableString.Invariant(
                $"request {request.Number} of stream {stream} was acknowledged at {request.Sequence} and again at {sequence}"));
        }
    }

    /// <summary>Last sequence of a stream that had been acknowledged at a time; 0 for none.</summary>
    public long AcknowledgedBy(int stream, TimeSpan time) =>
        _acknowledged[stream].Where(acknowledged => acknowledged.At <= time).Select(acknowledged => acknowledged.Sequence).DefaultIfEmpty().Max();

    /// <summary>The token of a client: per stream a sequence that it was told, or 0.</summary>
    public long[] Token() =>
        [.. _acknowledged.Select(stream => stream.Count == 0 || _random.Chance(0.3) ? 0 : stream[stream.Count - 1 - _random.Next(Math.Min(3, stream.Count))].Sequence)];

    private int StreamOf(string id, int streamCount) => HashRange.Of(_hash.Hash(Encoding.UTF8.GetBytes(id)), streamCount);

    private Request Create(int stream)
    {
        int number = _requests[stream].Count;
        string? batchId = _random.Chance(0.85) ? string.Create(CultureInfo.InvariantCulture, $"batch-{number}") : null;
        var builder = new LogBatchBuilder(1, batchId);
        int rows = 1 + _random.Next(5);
        for (int row = 0; row < rows; row++)
        {
            byte[] id = Encoding.UTF8.GetBytes(_ids[stream][_random.Next(_ids[stream].Length)]);
            if (row > 0 && _random.Chance(0.4))
            {
                builder.AddDelete(id, _hash.Hash(id));
            }
            else
            {
                string payload = string.Create(CultureInfo.InvariantCulture, $$"""{"batch":{{number}},"row":{{row}}}""");
                builder.AddUpsert(id, _hash.Hash(id), [number, row, -number, 0.5f], Encoding.UTF8.GetBytes(payload));
            }
        }

        return new Request(number, batchId, builder.Build()) { InvokedAt = ++_events };
    }
}
