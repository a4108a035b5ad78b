using System.CommandLine;
using Bigrain.Api.Collections;
using Bigrain.Cli.Evaluation;
using Bigrain.Cli.Files;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Truth;
using Bigrain.Client;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain eval COLLECTION</c>: recall and latency of many queries against exact neighbours.</summary>
internal static class EvalVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> collection = VerbFactory.Collection();
        Option<string> queries = Flag.Required("--queries", $"query vectors ({VectorFiles.Formats})", Values.Text);
        Option<string> truth = Flag.Required("--truth", "exact neighbours, made by 'bigrain truth'; ids are row numbers", Values.Text);
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
            "measure recall and latency against exact neighbours",
            [collection, queries, truth, k, skip, take, concurrency, batch, nprobe, shortlist, timeout],
            async invocation =>
            {
                RowWindow window = new(invocation.Get(skip), invocation.Get(take));
                VectorMatrix matrix = VectorMatrix.Load(invocation.Get(queries), window);
                TruthView view = TruthView.Of(TruthTable.Read(invocation.Get(truth)), matrix.RowCount, window.Skip, invocation.Get(k));
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
                EvalReport report = await invocation.WithProgressAsync(
                    "querying",
                    progress => new Evaluator(client, settings, matrix, view, info.Metric == "l2", context.Clock, progress).RunAsync(invocation.CancellationToken));
                EvalTable.Print(invocation, report);
                return ExitCode.Ok;
            });
    }
}
