using System.CommandLine;
using System.Globalization;
using Bigrain.Api.Collections;
using Bigrain.Cli.Evaluation;
using Bigrain.Cli.Files;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Truth;
using Bigrain.Client;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain eval COLLECTION</c>: recall and latency of many queries against exact neighbours or judgements.</summary>
internal static class EvalVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> collection = VerbFactory.Collection();
        Option<string> queries = Flag.Required("--queries", $"query vectors ({VectorFiles.Formats})", Values.Text);
        Option<string?> truth = Flag.Optional<string?>(context, "--truth", "exact neighbours, made by 'bigrain truth'; ids are row numbers", Values.Text, null);
        Option<string?> qrels = Flag.Optional<string?>(context, "--qrels", "judgements, TREC qrels: query, 0, document, grade; instead of --truth", Values.Text, null);
        Option<string?> queryIds = Flag.Optional<string?>(context, "--query-ids", "ids of the query rows, one a line; without, row numbers from 0", Values.Text, null);
        Option<int> k = Flag.Optional(context, "-k", "hits of each query", Values.Int(1, Limits.MaxK), 10);
        Option<long> skip = Flag.Optional(context, "--skip", "query rows to pass over", Values.Count, 0);
        Option<long?> take = Flag.Optional<long?>(context, "--take", "query rows to use", text => Values.Count(text), null);
        Option<int> concurrency = Flag.Optional(context, "--concurrency", "requests under way at once", Values.Int(1, 256), 1);
        Option<int> batch = Flag.Optional(context, "--batch", "queries of one request", Values.Int(1, 10_000), 1);
        Option<int> nprobe = Flag.Optional(context, "--nprobe", "leaves to scan in each segment; 0 lets the server choose", Values.AnyInt, 0);
        Option<int> shortlist = Flag.Optional(context, "--shortlist", "candidates to verify; 0 lets the server choose", Values.AnyInt, 0);
        Option<int> timeout = Flag.Optional(context, "--timeout", "deadline of a request in milliseconds", Values.AnyInt, 30_000);
        return verbs.Make(
            "eval",
            "measure recall and latency against exact neighbours, or recall, nDCG and MRR@10 against judgements",
            [collection, queries, truth, qrels, queryIds, k, skip, take, concurrency, batch, nprobe, shortlist, timeout],
            async invocation =>
            {
                if ((invocation.Get(truth) is null) == (invocation.Get(qrels) is null))
                {
                    throw new BigrainException(ErrorCode.InvalidArgument, "say what is right: --truth or --qrels, one of the two", "truth");
                }

                RowWindow window = new(invocation.Get(skip), invocation.Get(take));
                VectorMatrix matrix = VectorMatrix.Load(invocation.Get(queries), window);
                EvalSettings settings = new(
                    invocation.Get(collection),
                    invocation.Get(k),
                    invocation.Get(concurrency),
                    invocation.Get(batch),
                    invocation.Get(nprobe),
                    invocation.Get(shortlist),
                    invocation.Get(timeout));
                using BigrainClient client = invocation.OpenClient();
                CollectionInfo info = await client.GetCollectionAsync(settings.Collection, invocation.CancellationToken);
                IEvalJudge judge = invocation.Get(truth) is { } table
                    ? new TruthJudge(TruthView.Of(TruthTable.Read(table), matrix.RowCount, window.Skip, settings.K), settings.K, info.Metric == "l2")
                    : Qrels.Read(invocation.Get(qrels)!, IdsOf(invocation.Get(queryIds), window.Skip, matrix.RowCount), settings.K);
                EvalReport report = await invocation.WithProgressAsync(
                    "querying",
                    progress => new Evaluator(client, settings, matrix, judge, context.Clock, progress).RunAsync(invocation.CancellationToken));
                EvalTable.Print(invocation, report);
                return ExitCode.Ok;
            });
    }

    private static string[] IdsOf(string? path, long skip, int count)
    {
        if (path is null)
        {
            return [.. Enumerable.Range(0, count).Select(row => (skip + row).ToString(CultureInfo.InvariantCulture))];
        }

        using IdFile ids = new(path);
        ids.Skip(skip);
        return [.. Enumerable.Range(0, count).Select(_ => ids.Read())];
    }
}
