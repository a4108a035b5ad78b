using System.CommandLine;
using Bigrain.Api;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Cli.Exporting;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain export COLLECTION --out FILE</c>: every document as a line of JSON that <c>bigrain import</c> reads.</summary>
internal static class ExportVerb
{
    // Where an export is cut off, so much is read again.
    private const int CommitBytes = 8 << 20;

    private static readonly TimeSpan PageTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> collection = VerbFactory.Collection();
        Option<string> file = Flag.Required("--out", "file to write, .jsonl or .jsonl.gz; it appears when it is whole", Values.Text);
        Option<bool> resume = Flag.Switch(context, "--resume", "go on with an export that was cut off");
        Option<bool> force = Flag.Switch(context, "--force", "replace a file that exists");
        Option<bool> base64 = Flag.Switch(context, "--base64", "vectors as base64 of little-endian float32: half as long as numbers");
        return verbs.Make("export", "write all documents to a file", [collection, file, resume, force, base64], async invocation =>
        {
            ExportFile.RequireName(invocation.Get(file));
            using BigrainClient client = invocation.OpenClient(PageTimeout, maxRetries: 1_000);
            using BigrainClient probe = invocation.OpenClient();
            CollectionInfo info = await probe.GetCollectionAsync(invocation.Get(collection), invocation.CancellationToken);
            long start = context.Clock.GetTimestamp();
            using ExportFile target = ExportFile.Open(
                invocation.Get(file), info.Name, info.Incarnation, invocation.Get(resume), invocation.Get(force));
            await invocation.WithProgressAsync($"exporting {info.Name}", async progress =>
            {
                await RunAsync(client, info, target, invocation.Get(base64), progress, invocation.CancellationToken);
                return true;
            });
            target.Finish();
            Print(invocation, new ExportReport(
                invocation.Get(file), target.State.Documents, target.State.Bytes, context.Clock.GetElapsedTime(start).TotalSeconds));
            return ExitCode.Ok;
        });
    }

    private static async Task RunAsync(
        BigrainClient client, CollectionInfo info, ExportFile target, bool base64, IProgress<Share> progress, CancellationToken cancellationToken)
    {
        string? after = target.State.After;
        long documents = target.State.Documents;
        do
        {
            DocumentPage page = await client.ListDocumentsAsync(info.Name, after, ApiLimits.MaxPageDocuments, base64, cancellationToken);
            foreach (StoredDocument document in page.Documents)
            {
                target.Add(document);
            }

            after = page.NextAfter;
            documents += page.Documents.Count;
            if (target.PendingBytes >= CommitBytes || after is null)
            {
                target.Commit(after, documents);
            }

            progress.Report(new Share(documents, info.Documents is { } total ? Math.Max(total, documents) : null));
        }
        while (after is not null);
    }

    private static void Print(Invocation invocation, ExportReport report)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(report, ToolJson.Default.ExportReport);
            return;
        }

        invocation.Print($"exported {Words.Count(report.Documents)} documents to {report.File} ({Words.Size(report.Bytes)}) in {Words.Number(report.Seconds)} s");
    }
}
