using System.Globalization;
using System.Runtime.InteropServices;
using Bigrain.Api.Queries;
using Bigrain.Cli.Files;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;
using HdrHistogram;

namespace Bigrain.Cli.Evaluation;

/// <summary>Asks every query and measures.</summary>
internal sealed class Evaluator
{
    private const int WarmUpQueries = 20;
    private const long MaxMicroseconds = 600_000_000;

    private readonly BigrainClient _client;
    private readonly EvalSettings _settings;
    private readonly VectorMatrix _queries;
    private readonly TruthView _truth;
    private readonly bool _isSquared;
    private readonly TimeProvider _clock;
    private readonly IProgress<Share> _progress;
    private readonly LongConcurrentHistogram _latency = new(1, MaxMicroseconds, 3);
    private readonly Lock _gate = new();
    private double _recall;
    private double _ndcg;
    private long _records;
    private long _codes;
    private long _exact;
    private long _bytes;
    private int _incomplete;
    private int _done;

    /// <summary>Prepares an evaluation.</summary>
    /// <param name="client">Client.</param>
    /// <param name="settings">How to ask.</param>
    /// <param name="queries">Queries.</param>
    /// <param name="truth">Their true neighbours.</param>
    /// <param name="isSquared">Whether the truth holds squares of the scores (l2).</param>
    /// <param name="clock">Clock.</param>
    /// <param name="progress">Told how far it has come.</param>
    public Evaluator(
        BigrainClient client,
        EvalSettings settings,
        VectorMatrix queries,
        TruthView truth,
        bool isSquared,
        TimeProvider clock,
        IProgress<Share> progress)
    {
        _client = client;
        _settings = settings;
        _queries = queries;
        _truth = truth;
        _isSquared = isSquared;
        _clock = clock;
        _progress = progress;
    }

    /// <summary>Asks and measures; the first few queries are asked once before, unmeasured.</summary>
    public async Task<EvalReport> RunAsync(CancellationToken cancellationToken)
    {
        int count = _queries.RowCount;
        for (int i = 0; i < Math.Min(WarmUpQueries, count); i++)
        {
            await AskOneAsync(i, cancellationToken);
        }

        long start = _clock.GetTimestamp();
        int requests = (count + _settings.Batch - 1) / _settings.Batch;
        ParallelOptions options = new() { MaxDegreeOfParallelism = _settings.Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, requests, options, async (request, token) =>
        {
            int first = request * _settings.Batch;
            int rows = Math.Min(_settings.Batch, count - first);
            long sent = _clock.GetTimestamp();
            IReadOnlyList<QueryReply> replies = _settings.Batch == 1
                ? [await AskOneAsync(first, token)]
                : await AskManyAsync(first, rows, token);
            _latency.RecordValue(Math.Clamp((long)_clock.GetElapsedTime(sent).TotalMicroseconds, 1, MaxMicroseconds));
            Judge(first, replies);
        });
        return Report(count, _clock.GetElapsedTime(start).TotalSeconds);
    }

    private Task<QueryReply> AskOneAsync(int row, CancellationToken cancellationToken) =>
        _client.QueryAsync(
            _settings.Collection,
            new QueryRequest
            {
                VectorBase64 = MemoryMarshal.AsBytes(_queries.Row(row)).ToArray(),
                K = _settings.K,
                Nprobe = _settings.Nprobe,
                Shortlist = _settings.Shortlist,
                TimeoutMilliseconds = _settings.TimeoutMilliseconds,
                IncludePayload = false,
            },
            cancellationToken);

    private async Task<IReadOnlyList<QueryReply>> AskManyAsync(int first, int rows, CancellationToken cancellationToken)
    {
        ReadOnlySpan<float> vectors = _queries.Values.AsSpan(first * _queries.Dimension, rows * _queries.Dimension);
        BatchQueryReply reply = await _client.QueryBatchAsync(
            _settings.Collection,
            new BatchQueryRequest
            {
                VectorsBase64 = MemoryMarshal.AsBytes(vectors).ToArray(),
                K = _settings.K,
                Nprobe = _settings.Nprobe,
                Shortlist = _settings.Shortlist,
                TimeoutMilliseconds = _settings.TimeoutMilliseconds,
                IncludePayload = false,
            },
            cancellationToken);
        return reply.Results;
    }

    private void Judge(int first, IReadOnlyList<QueryReply> replies)
    {
        for (int i = 0; i < replies.Count; i++)
        {
            QueryReply reply = replies[i];
            int hits = Math.Min(reply.Hits.Count, _settings.K);
            int[] ids = new int[hits];
            double[] scores = new double[hits];
            bool[] isHit = new bool[hits];
            for (int h = 0; h < hits; h++)
            {
                ids[h] = int.TryParse(reply.Hits[h].Id, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : -1;
                scores[h] = _isSquared ? reply.Hits[h].Score * reply.Hits[h].Score : reply.Hits[h].Score;
            }

            _truth.Judge(first + i, ids, scores, isHit);
            Add(reply, isHit);
        }
    }

    private void Add(QueryReply reply, bool[] isHit)
    {
        double gain = 0;
        double ideal = 0;
        for (int rank = 0; rank < _settings.K; rank++)
        {
            double weight = 1 / Math.Log2(rank + 2);
            ideal += weight;
            gain += rank < isHit.Length && isHit[rank] ? weight : 0;
        }

        lock (_gate)
        {
            _recall += (double)isHit.Count(static hit => hit) / _settings.K;
            _ndcg += gain / ideal;
            _records += reply.Cost.RecordsVerified;
            _codes += reply.Cost.CodesScanned;
            _exact += reply.Cost.ExactScanned;
            _bytes += reply.Cost.BytesRead;
            _incomplete += reply.Complete ? 0 : 1;
            _progress.Report(new Share(++_done, _queries.RowCount));
        }
    }

    private EvalReport Report(int count, double seconds) => new()
    {
        Queries = count,
        K = _settings.K,
        RecallAtK = _recall / count,
        NdcgAtK = _ndcg / count,
        Qps = count / seconds,
        P50Milliseconds = Percentile(50),
        P95Milliseconds = Percentile(95),
        P99Milliseconds = Percentile(99),
        RecordsVerified = (double)_records / count,
        CodesScanned = (double)_codes / count,
        ExactScanned = (double)_exact / count,
        BytesRead = (double)_bytes / count,
        Incomplete = _incomplete,
        Batch = _settings.Batch,
        Concurrency = _settings.Concurrency,
    };

    private double Percentile(double percentile) => _latency.GetValueAtPercentile(percentile) / 1000.0;
}
