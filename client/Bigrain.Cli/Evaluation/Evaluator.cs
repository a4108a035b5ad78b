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
    private readonly IEvalJudge _judge;
    private readonly TimeProvider _clock;
    private readonly IProgress<Share> _progress;
    private readonly LongConcurrentHistogram _latency = new(1, MaxMicroseconds, 3);
    private readonly Lock _gate = new();
    private double _recall;
    private double _ndcg;
    private double? _reciprocal;
    private int _judged;
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
    /// <param name="judge">Knows the right answers.</param>
    /// <param name="clock">Clock.</param>
    /// <param name="progress">Told how far it has come.</param>
    public Evaluator(
        BigrainClient client,
        EvalSettings settings,
        VectorMatrix queries,
        IEvalJudge judge,
        TimeProvider clock,
        IProgress<Share> progress)
    {
        _client = client;
        _settings = settings;
        _queries = queries;
        _judge = judge;
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
            Add(replies[i], _judge.Judge(first + i, replies[i]));
        }
    }

    private void Add(QueryReply reply, EvalMeasures? measures)
    {
        lock (_gate)
        {
            if (measures is { } measured)
            {
                _judged++;
                _recall += measured.Recall;
                _ndcg += measured.Ndcg;
                _reciprocal = measured.ReciprocalRank is { } rank ? (_reciprocal ?? 0) + rank : _reciprocal;
            }

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
        Judged = _judged,
        RecallAtK = _judged > 0 ? _recall / _judged : null,
        NdcgAtK = _judged > 0 ? _ndcg / _judged : null,
        Mrr = _judged > 0 ? _reciprocal / _judged : null,
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
