using System.CommandLine;
using Bigrain.Cli.Files;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Truth;
using Bigrain.Index.Benchmarking;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain bench ann</c>: the index library alone, a line per setting.</summary>
internal static class BenchVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs) => new("bench", "measure parts of the system") { MakeAnn(verbs) };

    private static Command MakeAnn(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        AnnBenchmarkSettings defaults = new();
        Option<string> basePath = Flag.Required("--base", $"base vectors ({VectorFiles.Formats})", Values.Text);
        Option<string> queries = Flag.Required("--queries", "query vectors, of the same formats", Values.Text);
        Option<string?> truth = Flag.Optional<string?>(context, "--truth", "exact neighbours of these queries; computed when not given", Values.Text, null);
        Option<Metric> metric = Flag.Required("--metric", "l2, cosine or dot", Values.Metric);
        Option<IReadOnlyList<CodecSpec>> codecs = Flag.Optional(context, "--codec", "codecs, a comma list", Values.List(ReadCodec), defaults.Codecs);
        Option<IReadOnlyList<int>> threads = Flag.Optional(context, "--threads", "threads, a comma list", Values.List(Values.Int(1, 1_024)), defaults.Threads);
        Option<IReadOnlyList<int>> batches = Flag.Optional(context, "--batch", "queries of one call, a comma list", Values.List(Values.Int(1, 100_000)), defaults.Batches);
        Option<IReadOnlyList<int>> nprobes = Flag.Optional(context, "--nprobe", "leaves probed, a comma list; 0 is automatic", Values.List(Values.Int(0, int.MaxValue)), defaults.Nprobes);
        Option<IReadOnlyList<int>> shortlists = Flag.Optional(context, "--shortlist", "candidates verified at most, a comma list; 0 is automatic", Values.List(Values.Int(0, int.MaxValue)), defaults.Shortlists);
        Option<IReadOnlyList<int>> leafSizes = Flag.Optional(context, "--leaf-size", "documents of a leaf, a comma list", Values.List(Values.Int(1, int.MaxValue)), defaults.LeafSizes);
        Option<int> k = Flag.Optional(context, "-k", "neighbours asked for", Values.Int(1, Limits.MaxK), defaults.K);
        Option<int> repeats = Flag.Optional(context, "--repeats", "runs of each setting, of which the fastest counts", Values.Int(1, 100), defaults.Repeats);
        Option<long> skip = Flag.Optional(context, "--skip", "base rows to pass over", Values.Count, 0);
        Option<long?> take = Flag.Optional<long?>(context, "--take", "base rows to use", text => Values.Count(text), null);
        Option<long> querySkip = Flag.Optional(context, "--query-skip", "query rows to pass over", Values.Count, 0);
        Option<long?> queryTake = Flag.Optional<long?>(context, "--query-take", "query rows to use", text => Values.Count(text), null);
        return verbs.Make(
            "ann",
            "measure recall against queries per CPU second of the index library, without a server",
            [basePath, queries, truth, metric, codecs, threads, batches, nprobes, shortlists, leafSizes, k, repeats, skip, take, querySkip, queryTake],
            async invocation =>
            {
                RowWindow window = new(invocation.Get(skip), invocation.Get(take));
                VectorMatrix rows = VectorMatrix.Load(invocation.Get(basePath), window);
                VectorMatrix asked = VectorMatrix.Load(invocation.Get(queries), new RowWindow(invocation.Get(querySkip), invocation.Get(queryTake)));
                AnnBenchmarkData data = new(rows.Values, asked.Values, rows.Dimension, invocation.Get(metric));
                if (asked.Dimension != rows.Dimension)
                {
                    throw new BigrainException(
                        ErrorCode.InvalidArgument, $"the queries have {asked.Dimension} elements, the base rows {rows.Dimension}", "queries");
                }

                if (invocation.Get(truth) is { } path)
                {
                    data = WithTruth(data, TruthTable.Read(path), window.Skip);
                }

                AnnBenchmarkSettings settings = new()
                {
                    Codecs = invocation.Get(codecs),
                    Threads = invocation.Get(threads),
                    Batches = invocation.Get(batches),
                    Nprobes = invocation.Get(nprobes),
                    Shortlists = invocation.Get(shortlists),
                    LeafSizes = invocation.Get(leafSizes),
                    K = invocation.Get(k),
                    Repeats = invocation.Get(repeats),
                };
                if (!invocation.IsJson)
                {
                    invocation.Print(BenchLine.Header);
                }

                await Task.Run(() => AnnBenchmark.Run(data, settings, line => BenchLine.Print(invocation, line), invocation.CancellationToken));
                return ExitCode.Ok;
            });
    }

    private static CodecSpec ReadCodec(string text)
    {
        try
        {
            return CodecSpec.Parse(text);
        }
        catch (BigrainException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static AnnBenchmarkData WithTruth(AnnBenchmarkData data, TruthTable truth, long skip)
    {
        if (truth.QueryCount != data.QueryCount)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, $"the truth holds {truth.QueryCount} queries, but {data.QueryCount} are asked", "truth");
        }

        int[] rows = [.. truth.Ids.Select(id => (int)(id - skip))];
        return rows.All(row => row >= 0 && row < data.RowCount)
            ? data with { Truth = rows, TruthK = truth.K }
            : throw new BigrainException(ErrorCode.InvalidArgument, "the truth names rows outside --skip and --take; it belongs to another base", "truth");
    }
}
