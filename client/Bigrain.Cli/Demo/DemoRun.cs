using System.Globalization;
using System.Runtime.InteropServices;
using Bigrain.Api.Collections;
using Bigrain.Api.Queries;
using Bigrain.Cli.Commands;
using Bigrain.Cli.Evaluation;
using Bigrain.Cli.Files;
using Bigrain.Cli.Importing;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Truth;
using Bigrain.Client;
using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.Silo.Hosting;

namespace Bigrain.Cli.Demo;

/// <summary>The whole path in one process and a temporary folder: sample, server, import, queries, check.</summary>
/// <remarks>Numbered as in <see cref="RunAsync"/>.</remarks>
internal sealed class DemoRun
{
    /// <summary>Queries asked.</summary>
    public const int QueryCount = 1_000;

    private const int Seed = 20_261_122;
    private const int K = 10;
    private const string Collection = "demo";
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly Invocation _invocation;
    private readonly int _documents;
    private readonly string _folder;

    /// <summary>Prepares a run.</summary>
    /// <param name="invocation">Where progress goes.</param>
    /// <param name="documents">Documents of the sample.</param>
    /// <param name="folder">An empty folder.</param>
    public DemoRun(Invocation invocation, int documents, string folder)
    {
        _invocation = invocation;
        _documents = documents;
        _folder = folder;
    }

    private string BasePath => Path.Combine(_folder, "base.fbin");

    private string QueryPath => Path.Combine(_folder, "queries.fbin");

    /// <summary>Runs it.</summary>
    public async Task<DemoReport> RunAsync()
    {
        CancellationToken token = _invocation.CancellationToken;
        TimeProvider clock = _invocation.Context.Clock;

        // 1. The sample; base and queries come from one stream of numbers, so the queries are held out.
        SampleVectors sample = new(Seed);
        await _invocation.WithProgressAsync("making a sample", progress => Task.Run(() =>
        {
            progress.Report(new Share(0, null));
            sample.Write(BasePath, _documents);
            sample.Write(QueryPath, QueryCount);
            return 0;
        }));
        VectorMatrix queries = VectorMatrix.Load(QueryPath, RowWindow.All);

        // 2. The server, on free ports.
        await using SiloHost host = await SiloHost.StartAsync(
            new SiloSettings { Data = Path.Combine(_folder, "data"), HttpPort = 0, SiloPort = 0, GatewayPort = 0, FlatBelow = 0, IsQuiet = true }, token);
        using BigrainClient client = new(new BigrainClientOptions { Endpoints = [host.HttpAddress], Timeout = Timeout });

        // 3. Import, ending compacted.
        (CollectionInfo info, _) = await client.CreateCollectionAsync(
            Collection, new CollectionRequest { Dimension = SampleVectors.Dimension, Metric = "l2" }, token);
        ImportJob job = new(Collection, [BasePath], RowWindow.All, IdsPath: null, Importer.DefaultInFlight, Salt: "");
        ImportReport import = await _invocation.WithProgressAsync(
            "importing", progress => new Importer(client, job, info, clock, progress).RunAsync(token));
        long compactStart = clock.GetTimestamp();
        await CompactVerb.RunAsync(_invocation, client, Collection);
        double compactSeconds = clock.GetElapsedTime(compactStart).TotalSeconds;

        // 4. The truth, by comparing everything with everything.
        TruthTable truth = await _invocation.WithProgressAsync("comparing everything", progress => Task.Run(() =>
            TruthMaker.Make(BasePath, RowWindow.All, queries, Metric.L2, K, progress, token)));

        // 5. Queries, measured and judged.
        EvalSettings settings = new(Collection, K, Concurrency: 1, Batch: 1, Nprobe: 0, Shortlist: 0, TimeoutMilliseconds: 30_000);
        EvalReport eval = await _invocation.WithProgressAsync("querying", progress =>
            new Evaluator(client, settings, queries, new TruthJudge(TruthView.Of(truth, QueryCount, 0, K), K, isSquared: true), clock, progress).RunAsync(token));

        // 6. Every score against the vectors themselves.
        int wrong = await CountWrongScoresAsync(client, queries);
        CollectionInfo after = await client.GetCollectionAsync(Collection, token);
        return new DemoReport
        {
            Documents = after.Documents ?? import.Documents,
            Dimension = SampleVectors.Dimension,
            Queries = eval.Queries,
            RecallAt10 = eval.RecallAtK ?? 0,
            WrongScores = wrong,
            IncompleteAnswers = eval.Incomplete,
            P50Milliseconds = eval.P50Milliseconds,
            P99Milliseconds = eval.P99Milliseconds,
            Qps = eval.Qps,
            Codec = after.SegmentCodecs is { Count: > 0 } codecs ? string.Join('+', codecs) : after.Codec,
            CoarseBytesPerVector = after is { CoarseBytes: { } bytes, Documents: > 0 } ? (double)bytes / after.Documents.Value : null,
            CodesScanned = eval.CodesScanned,
            RecordsVerified = eval.RecordsVerified,
            ImportDocumentsPerSecond = import.DocumentsPerSecond,
            CompactSeconds = compactSeconds,
        };
    }

    private async Task<int> CountWrongScoresAsync(BigrainClient client, VectorMatrix queries)
    {
        VectorMatrix rows = VectorMatrix.Load(BasePath, RowWindow.All);
        BatchQueryReply answers = await client.QueryBatchAsync(
            Collection,
            new BatchQueryRequest { VectorsBase64 = MemoryMarshal.AsBytes(queries.Values.AsSpan()).ToArray(), K = K, TimeoutMilliseconds = 60_000 },
            _invocation.CancellationToken);
        int wrong = queries.RowCount - answers.Results.Count;
        for (int query = 0; query < answers.Results.Count; query++)
        {
            foreach (QueryHit hit in answers.Results[query].Hits)
            {
                double exact = Math.Sqrt(RankDistance.Compute(Metric.L2, queries.Row(query), rows.Row(int.Parse(hit.Id, CultureInfo.InvariantCulture))));
                wrong += Math.Abs(exact - hit.Score) <= 1e-4 * Math.Max(exact, 1e-3) ? 0 : 1;
            }
        }

        return wrong;
    }
}
