using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Bigrain.Api.Garbage;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain gc</c>: what nothing leads to any more, and its deletion.</summary>
internal static class GcVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Option<bool> delete = Flag.Switch(context, "--delete", "delete what an earlier pass found too and is old enough; without it nothing is changed");
        Option<TimeSpan?> grace = Flag.Optional<TimeSpan?>(context, "--grace", "age that a blob must have, such as 24h or 30m; default is the server's setting", text => Values.Duration(text), null);
        return verbs.Make("gc", "find blobs that no collection, job or backup leads to", [delete, grace], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            JobInfo job = await client.Maintenance.CollectGarbageAsync(invocation.Get(delete), invocation.Get(grace), invocation.CancellationToken);
            job = await JobWatch.WaitAsync(invocation, job);
            if (job.State != JobStates.Succeeded || job.Result is not { } result)
            {
                return JobWatch.Report(invocation, job);
            }

            GcReport report = JsonSerializer.Deserialize(result.Utf8.Span, ApiJson.Default.GcReport)!;
            if (invocation.IsJson)
            {
                invocation.PrintJson(report, ApiJson.Default.GcReport);
            }
            else
            {
                Print(invocation, report);
            }

            return ExitCode.Ok;
        });
    }

    private static void Print(Invocation invocation, GcReport report)
    {
        invocation.PrintTable(
            ["garbage", "blobs", "size", "deleted", "size", "kept for now", "size"],
            report.Lines.Select(static line => new[]
            {
                line.Kind, Number(line.FoundCount), Words.Size(line.FoundBytes), Number(line.DeletedCount), Words.Size(line.DeletedBytes),
                Number(line.KeptCount), Words.Size(line.KeptBytes),
            }));
        invocation.Print($"{report.CollectionCount} collections, {report.LiveCount} blobs of {Words.Size(report.LiveBytes)} in use");
        if (report.UnknownCount > 0)
        {
            invocation.Print($"{report.UnknownCount} blobs have names that the server does not know; they stay");
        }

        if (!report.Deletes && report.FoundCount > 0)
        {
            invocation.Print("nothing was changed; to delete: bigrain gc --delete, once to note what there is "
                + $"and once more when they are older than the grace ({(report.GraceSeconds is { } grace ? JobText.Time(grace) : "24 h unless set")})");
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
