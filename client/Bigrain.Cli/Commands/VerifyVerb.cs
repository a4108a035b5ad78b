using System.CommandLine;
using System.Globalization;
using Bigrain.Api.Problems;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Verifying;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Randomness;
using Bigrain.Storage.AzureBlobs;
using Bigrain.Storage.LocalFolder;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain verify COLLECTION</c>: every checksum of a collection, straight from the store.</summary>
internal static class VerifyVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> collection = VerbFactory.Collection();
        Option<string> data = Flag.Optional(context, "--data", "folder of the blobs", Values.Text, "./data", "BIGRAIN_DATA");
        Option<string?> blob = Flag.Optional<string?>(context, "--blob", "Azure Blob Storage connection string", Values.Text, null, "BIGRAIN_BLOB");
        Option<string> container = Flag.Optional(context, "--container", "container of the blobs", Values.Text, "bigrain", "BIGRAIN_CONTAINER");
        return verbs.Make(
            "verify",
            "read every blob of a collection again and name what is damaged; no server is needed",
            [collection, data, blob, container],
            async invocation =>
            {
                VerifyReport report = invocation.Get(blob) is { } connection
                    ? await OverAzureAsync(invocation, connection, invocation.Get(container), invocation.Get(collection))
                    : await OverFolderAsync(invocation, invocation.Get(data), invocation.Get(collection));
                Print(invocation, report);
                return report.Damage.Count == 0
                    ? ExitCode.Ok
                    : throw new ToolException(ExitCode.DataCorrupt, new ApiProblem
                    {
                        Type = ProblemTypes.DataCorrupt,
                        Title = "data corrupt",
                        Detail = $"{report.Damage.Count} damaged places in {string.Join(", ", report.Damage.Select(static d => d.Blob).Distinct())}; "
                            + "put these blobs back from a copy, or import the documents again",
                    });
            });
    }

    private static async Task<VerifyReport> OverFolderAsync(Invocation invocation, string data, string collection)
    {
        if (!Directory.Exists(data))
        {
            throw new BigrainException(ErrorCode.NotFound, $"{data}: no such folder; name the folder of 'bigrain serve' with --data", "data");
        }

        using FolderBlobStore store = new(
            new FolderBlobOptions { Path = data }, invocation.Context.Clock, new SystemRandomSource(), NullLogger<FolderBlobStore>.Instance);
        return await RunAsync(invocation, store, store, collection);
    }

    private static Task<VerifyReport> OverAzureAsync(Invocation invocation, string connection, string container, string collection)
    {
        AzureBlobStore store = new(
            new AzureBlobOptions { ConnectionString = connection, Container = container }, invocation.Context.Clock, new SystemRandomSource(), NullLogger<AzureBlobStore>.Instance);
        return RunAsync(invocation, store, new NoLocalFiles(), collection);
    }

    private static Task<VerifyReport> RunAsync(Invocation invocation, IBlobStore store, ILocalFiles files, string collection) =>
        invocation.WithProgressAsync($"verifying {collection}", progress =>
            new CollectionVerifier(store, files, invocation.Context.Clock, progress).RunAsync(collection, invocation.CancellationToken));

    private static void Print(Invocation invocation, VerifyReport report)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(report, ToolJson.Default.VerifyReport);
            return;
        }

        if (report.Damage.Count > 0)
        {
            invocation.PrintTable(
                ["blob", "offset", "expected", "found"],
                report.Damage.Select(static d => new[] { d.Blob, d.Offset.ToString(CultureInfo.InvariantCulture), d.Expected, d.Found }));
        }

        invocation.Print(
            $"{report.Collection}: {report.Segments} segments, {report.Blobs} blobs, {Words.Size(report.Bytes)} read, {report.Damage.Count} damaged places");
    }
}
