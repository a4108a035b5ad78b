using System.CommandLine;
using System.Globalization;
using Bigrain.Api.Collections;
using Bigrain.Cli.Files;
using Bigrain.Cli.Importing;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain import COLLECTION FILE...</c>: vectors from files, resumable, ends compacted.</summary>
internal static class ImportVerb
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> collection = VerbFactory.Collection();
        Argument<string[]> files = new("FILE") { Description = VectorFiles.Formats, Arity = ArgumentArity.OneOrMore };
        Option<string?> ids = Flag.Optional<string?>(context, "--ids", "file with one id a line; default: the row's own id, or its number", Values.Text, null);
        Option<long> skip = Flag.Optional(context, "--skip", "rows to pass over; numbers stay those of the whole input", Values.Count, 0);
        Option<long?> take = Flag.Optional<long?>(context, "--take", "rows to import", text => Values.Count(text), null);
        Option<int> inFlight = Flag.Optional(context, "--in-flight", "requests under way at once", Values.Int(1, 64), Importer.DefaultInFlight);
        Option<bool> force = Flag.Switch(context, "--force", "write again what the same import wrote within the last hour");
        Option<bool> noCompact = Flag.Switch(context, "--no-compact", "leave the rows in the tails");
        return verbs.Make(
            "import",
            "import vectors from files",
            [collection, files, ids, skip, take, inFlight, force, noCompact],
            async invocation =>
            {
                using BigrainClient client = invocation.OpenClient(Timeout, maxRetries: 1_000);
                ImportJob job = new(
                    invocation.Get(collection),
                    invocation.Get(files),
                    new RowWindow(invocation.Get(skip), invocation.Get(take)),
                    invocation.Get(ids),
                    invocation.Get(inFlight),
                    invocation.Get(force) ? context.Clock.GetUtcNow().UtcTicks.ToString(CultureInfo.InvariantCulture) : "");
                using BigrainClient probe = invocation.OpenClient();
                CollectionInfo info = await probe.GetCollectionAsync(job.Collection, invocation.CancellationToken);
                ImportReport report = await invocation.WithProgressAsync(
                    $"importing into {job.Collection}",
                    progress => new Importer(client, job, info, context.Clock, progress).RunAsync(invocation.CancellationToken));
                if (!invocation.Get(noCompact))
                {
                    await CompactVerb.RunAsync(invocation, client, job.Collection);
                    report = report with { Compacted = true };
                }

                Print(invocation, report);
                return ExitCode.Ok;
            });
    }

    private static void Print(Invocation invocation, ImportReport report)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(report, ToolJson.Default.ImportReport);
            return;
        }

        invocation.Print(
            $"imported {report.Documents} documents in {Words.Number(report.Seconds)} s ({Words.Number(report.DocumentsPerSecond)} a second)"
            + (report.Compacted ? ", compacted" : ""));
    }
}
