using System.Globalization;
using Bigrain.Cli.Tooling;
using Bigrain.Index.Benchmarking;

namespace Bigrain.Cli.Reports;

/// <summary>One setting of <c>bench ann</c>, printed as soon as it is measured.</summary>
internal static class BenchLine
{
    /// <summary>Names of the columns.</summary>
    public static readonly string Header = string.Create(
        CultureInfo.InvariantCulture,
        $"{"codec",-10} {"leaf",5} {"nprobe",6} {"short",5} {"thr",3} {"batch",5} {"recall",7} {"q/cpu s",9} {"q/s",9} {"x flat",7} {"B/vec",7} {"build s",7} {"verified",8}");

    /// <summary>Prints it.</summary>
    public static void Print(Invocation invocation, AnnBenchmarkLine line)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(line, ToolJson.Default.AnnBenchmarkLine);
            return;
        }

        invocation.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"{line.Codec,-10} {line.LeafSize,5} {line.Nprobe,6} {line.Shortlist,5} {line.Threads,3} {line.Batch,5} {line.RecallAt10,7:0.0000} {line.QueriesPerCpuSecond,9:0} {line.Qps,9:0} {line.TimesFlat,7:0.0} {line.BytesPerVector,7:0.0} {line.BuildCpuSeconds,7:0.00} {line.RecordsVerifiedPerQuery,8:0.0}"));
    }
}
