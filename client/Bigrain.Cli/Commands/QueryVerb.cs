using System.CommandLine;
using System.Globalization;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Files;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;
using Bigrain.Index.Errors;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain query COLLECTION</c>: the closest documents of one vector.</summary>
internal static class QueryVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> collection = VerbFactory.Collection();
        Option<string?> vectorFile = Flag.Optional<string?>(context, "--vector-file", "file with the query vector", Values.Text, null);
        Option<long> row = Flag.Optional(context, "--row", "its row in the file", Values.Count, 0);
        Option<string?> vector = Flag.Optional<string?>(context, "--vector", "the query vector itself, such as 0.1,0.2,0.3", Values.Text, null);
        Option<string?> id = Flag.Optional<string?>(context, "--id", "a document whose vector is the query", Values.Text, null);
        Option<int> k = Flag.Optional(context, "-k", "hits to return", Values.AnyInt, 10);
        Option<int> nprobe = Flag.Optional(context, "--nprobe", "leaves to scan in each segment; 0 lets the server choose", Values.AnyInt, 0);
        Option<int> shortlist = Flag.Optional(context, "--shortlist", "candidates to verify; 0 lets the server choose", Values.AnyInt, 0);
        Option<bool> explain = Flag.Switch(context, "--explain", "show where the time went");
        Option<bool> strong = Flag.Switch(context, "--strong", "see every write that was acknowledged before");
        Option<int> timeout = Flag.Optional(context, "--timeout", "deadline in milliseconds", Values.AnyInt, 10_000);
        Command command = verbs.Make(
            "query",
            "find the closest documents",
            [collection, vectorFile, row, vector, id, k, nprobe, shortlist, explain, strong, timeout],
            async invocation =>
            {
                using BigrainClient client = invocation.OpenClient();
                QueryRequest request = new()
                {
                    K = invocation.Get(k),
                    Nprobe = invocation.Get(nprobe),
                    Shortlist = invocation.Get(shortlist),
                    Explain = invocation.Get(explain),
                    Consistency = invocation.Get(strong) ? "strong" : null,
                    TimeoutMilliseconds = invocation.Get(timeout),
                };
                if (invocation.Get(vectorFile) is { } path)
                {
                    request.VectorBase64 = ReadRow(path, invocation.Get(row));
                }
                else if (invocation.Get(vector) is { } numbers)
                {
                    request.Vector = ReadNumbers(numbers);
                }
                else
                {
                    request.VectorBase64 = await VectorOfAsync(client, invocation, invocation.Get(collection), invocation.Get(id)!);
                }

                QueryReply reply = await client.QueryAsync(invocation.Get(collection), request, invocation.CancellationToken);
                Print(invocation, reply);
                return ExitCode.Ok;
            });
        command.Validators.Add(result =>
        {
            int given = (result.GetValue(vectorFile) is null ? 0 : 1) + (result.GetValue(vector) is null ? 0 : 1) + (result.GetValue(id) is null ? 0 : 1);
            if (given != 1)
            {
                result.AddError("the query is missing: give exactly one of --vector-file, --vector and --id");
            }
        });
        return command;
    }

    private static byte[] ReadRow(string path, long row)
    {
        using RowSequence rows = new([path], new RowWindow(row, 1));
        return rows.Read()?.Vector
            ?? throw new BigrainException(ErrorCode.InvalidArgument, $"{path}: has no row {row}", "row");
    }

    private static float[] ReadNumbers(string text)
    {
        string[] parts = text.Trim('[', ']', ' ').Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. parts.Select(static part => float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value
            : throw new BigrainException(ErrorCode.InvalidArgument, $"'{part}' is not a finite number", "vector"))];
    }

    private static async Task<byte[]> VectorOfAsync(BigrainClient client, Invocation invocation, string collection, string id)
    {
        GetReply found = await client.GetDocumentsAsync(
            collection,
            new GetRequest { Ids = [id], Base64 = true, IncludePayload = false },
            invocation.CancellationToken);
        return found.Documents is [{ VectorBase64: { } vector }]
            ? vector
            : throw new BigrainException(ErrorCode.NotFound, $"no document '{id}' in {collection}", "id");
    }

    private static void Print(Invocation invocation, QueryReply reply)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(reply, ApiJson.Default.QueryReply);
            return;
        }

        invocation.PrintTable(
            ["id", "score", "payload"],
            reply.Hits.Select(static hit => new[] { hit.Id, Words.Number(hit.Score), hit.Payload?.ToString() ?? "" }));
        string completeness = reply.Complete ? "complete" : $"INCOMPLETE ({reply.Reason})";
        invocation.Print(
            $"{completeness}; {reply.PartitionsAnswered} of {reply.PartitionsAsked} partitions; verified {reply.Verified}; "
            + $"{reply.Cost.CodesScanned} codes scanned, {reply.Cost.ExactScanned} rows scored exactly, {reply.Cost.RecordsVerified} records verified, "
            + $"{Words.Size(reply.Cost.BytesRead)} read; {Words.Number(reply.TookMilliseconds)} ms");
        if (reply.Explain is { } explain)
        {
            invocation.PrintTable(
                ["stage", "ms"],
                [
                    .. explain.Stages.Select(static stage => new[] { stage.Name, Words.Number(stage.Milliseconds) }),
                    ["unaccounted", Words.Number(explain.UnaccountedMilliseconds)],
                    ["total", Words.Number(explain.TotalMilliseconds)],
                ]);
        }
    }
}
