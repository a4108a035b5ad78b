using System.CommandLine;
using Bigrain.Api.Problems;
using Bigrain.Cli.Demo;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain demo</c>: the whole path in one process, checked.</summary>
internal static class DemoVerb
{
    private const double WantedRecall = 0.95;

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        Option<int> docs = Flag.Optional(verbs.Context, "--docs", "documents of the sample", Values.Int(1_000, 5_000_000), 100_000);
        return verbs.Make("demo", "make a sample, index it, search it and check the answers, all in one process", [docs], async invocation =>
        {
            string folder = Directory.CreateTempSubdirectory("bigrain-demo-").FullName;
            try
            {
                DemoReport report = await new DemoRun(invocation, invocation.Get(docs), folder).RunAsync();
                Print(invocation, report);
                return report is { RecallAt10: >= WantedRecall, WrongScores: 0, IncompleteAnswers: 0 }
                    ? ExitCode.Ok
                    : throw new ToolException(ExitCode.Failed, new ApiProblem
                    {
                        Type = ProblemTypes.Internal,
                        Title = "check failed",
                        Detail = $"the answers are not what they should be: recall@10 {report.RecallAt10} (at least {WantedRecall}), "
                            + $"{report.WrongScores} wrong scores, {report.IncompleteAnswers} incomplete answers; please report it",
                    });
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
    }

    private static void Print(Invocation invocation, DemoReport report)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(report, ToolJson.Default.DemoReport);
            return;
        }

        invocation.PrintTable(
            ["measure", "value"],
            [
                ["documents", Words.Count(report.Documents)],
                ["dimension", Words.Count(report.Dimension)],
                ["recall@10 against exact search", Words.Number(report.RecallAt10)],
                ["wrong scores", Words.Count(report.WrongScores)],
                ["p50 ms", Words.Number(report.P50Milliseconds)],
                ["p99 ms", Words.Number(report.P99Milliseconds)],
                ["queries a second, one at a time", Words.Number(report.Qps)],
                ["codec", report.Codec ?? ""],
                ["coarse bytes a vector", report.CoarseBytesPerVector is { } bytes ? Words.Number(bytes) : ""],
                ["codes scanned a query", Words.Number(report.CodesScanned)],
                ["records verified a query", Words.Number(report.RecordsVerified)],
                ["documents imported a second", Words.Number(report.ImportDocumentsPerSecond)],
                ["compaction s", Words.Number(report.CompactSeconds)],
            ]);
    }
}
