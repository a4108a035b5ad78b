using Bigrain.Cli.Tooling;

namespace Bigrain.Cli.Reports;

/// <summary>An evaluation as a table, or as JSON.</summary>
internal static class EvalTable
{
    /// <summary>Prints it.</summary>
    public static void Print(Invocation invocation, EvalReport report)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(report, ToolJson.Default.EvalReport);
            return;
        }

        invocation.PrintTable(
            ["measure", "value"],
            [
                ["queries", Words.Count(report.Queries)],
                [$"recall@{report.K}", report.RecallAtK is { } recall ? Words.Number(recall) : ""],
                ["queries judged", Words.Count(report.Judged)],
                [$"nDCG@{report.K}", report.NdcgAtK is { } ndcg ? Words.Number(ndcg) : ""],
                ["MRR@10", report.Mrr is { } mrr ? Words.Number(mrr) : ""],
                ["queries a second", Words.Number(report.Qps)],
                ["p50 ms", Words.Number(report.P50Milliseconds)],
                ["p95 ms", Words.Number(report.P95Milliseconds)],
                ["p99 ms", Words.Number(report.P99Milliseconds)],
                ["codes scanned a query", Words.Number(report.CodesScanned)],
                ["rows scored exactly a query", Words.Number(report.ExactScanned)],
                ["records verified a query", Words.Number(report.RecordsVerified)],
                ["bytes read a query", Words.Number(report.BytesRead)],
                ["incomplete answers", Words.Count(report.Incomplete)],
            ]);
    }
}
