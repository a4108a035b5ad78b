using System.CommandLine;
using Bigrain.Api.Documents;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain get COLLECTION ID...</c>: documents by id.</summary>
internal static class GetVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        Argument<string> collection = VerbFactory.Collection();
        Argument<string[]> ids = new("ID") { Description = "ids of documents", Arity = ArgumentArity.OneOrMore };
        Option<bool> base64 = Flag.Switch(verbs.Context, "--base64", "vectors as base64 of little-endian float32");
        return verbs.Make("get", "read documents by id", [collection, ids, base64], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            GetReply reply = await client.GetDocumentsAsync(
                invocation.Get(collection),
                new GetRequest { Ids = invocation.Get(ids), Base64 = invocation.Get(base64), Consistency = "strong", TimeoutMilliseconds = 10_000 },
                invocation.CancellationToken);
            Print(invocation, reply);
            return reply.NotFound.Count == 0
                ? ExitCode.Ok
                : throw new ToolException(ExitCode.NotFound, new ApiProblem
                {
                    Type = ProblemTypes.NotFound,
                    Title = "not found",
                    Detail = $"no document '{string.Join("', '", reply.NotFound)}' in {invocation.Get(collection)}",
                    Field = "id",
                });
        });
    }

    private static void Print(Invocation invocation, GetReply reply)
    {
        if (reply.Documents.Count == 0)
        {
            // Only the error has anything to say.
            return;
        }

        if (!invocation.IsJson)
        {
            invocation.PrintTable(
                ["id", "vector", "payload"],
                reply.Documents.Select(static d => new[]
                {
                    d.Id, Words.Vector(d.Vector ?? Words.Floats(d.VectorBase64)), d.Payload?.ToString() ?? "",
                }));
        }
        else if (reply is { Documents: [var only], NotFound: [] })
        {
            invocation.PrintJson(only, ApiJson.Default.StoredDocument);
        }
        else
        {
            invocation.PrintJson(reply, ApiJson.Default.GetReply);
        }
    }
}
