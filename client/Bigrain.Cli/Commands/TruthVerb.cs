using System.CommandLine;
using Bigrain.Cli.Files;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Truth;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain truth</c>: exact neighbours of queries, found by comparing everything.</summary>
internal static class TruthVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Option<string> basePath = Flag.Required("--base", $"base vectors ({VectorFiles.Formats})", Values.Text);
        Option<string> queries = Flag.Required("--queries", "query vectors, of the same formats", Values.Text);
        Option<Metric> metric = Flag.Required("--metric", "l2, cosine or dot", Values.Metric);
        Option<int> k = Flag.Optional(context, "-k", "neighbours of each query", Values.Int(1, Limits.MaxK), 100);
        Option<string> outPath = Flag.Required("--out", "file to write", Values.Text);
        Option<long> skip = Flag.Optional(context, "--skip", "base rows to pass over; ids stay those of the whole file", Values.Count, 0);
        Option<long?> take = Flag.Optional<long?>(context, "--take", "base rows to use", text => Values.Count(text), null);
        Option<long> querySkip = Flag.Optional(context, "--query-skip", "query rows to pass over", Values.Count, 0);
        Option<long?> queryTake = Flag.Optional<long?>(context, "--query-take", "query rows to use", text => Values.Count(text), null);
        skip.Aliases.Add("--base-skip");
        take.Aliases.Add("--base-take");
        return verbs.Make(
            "truth",
            "find exact neighbours by comparing every query with every vector",
            [basePath, queries, metric, k, outPath, skip, take, querySkip, queryTake],
            async invocation =>
            {
                long start = invocation.Context.Clock.GetTimestamp();
                VectorMatrix matrix = VectorMatrix.Load(invocation.Get(queries), new RowWindow(invocation.Get(querySkip), invocation.Get(queryTake)));
                TruthTable table = await invocation.WithProgressAsync("comparing", progress => Task.Run(() => TruthMaker.Make(
                    invocation.Get(basePath),
                    new RowWindow(invocation.Get(skip), invocation.Get(take)),
                    matrix,
                    invocation.Get(metric),
                    invocation.Get(k),
                    progress,
                    invocation.CancellationToken)));
                table.Write(invocation.Get(outPath));
                TruthReport report = new(
                    table.QueryCount, table.K, invocation.Get(outPath), invocation.Context.Clock.GetElapsedTime(start).TotalSeconds);
                if (invocation.IsJson)
                {
                    invocation.PrintJson(report, ToolJson.Default.TruthReport);
                }
                else
                {
                    invocation.Print($"wrote {report.K} neighbours of {report.Queries} queries to {report.Out} in {Words.Number(report.Seconds)} s");
                }

                return ExitCode.Ok;
            });
    }
}
