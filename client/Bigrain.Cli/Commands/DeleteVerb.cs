using System.CommandLine;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Files;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain delete COLLECTION ID...</c> deletes documents at once; <c>--ids FILE</c> those of a list of any length, as a job.</summary>
internal static class DeleteVerb
{
    private static readonly TimeSpan SendTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        Argument<string> collection = VerbFactory.Collection();
        Argument<string[]> named = new("ID") { Description = "ids of documents", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> ids = Flag.Optional<string?>(verbs.Context, "--ids", "file with one id a line, gzipped or not", Values.Text, null);
        Option<string?> ifVersion = Flag.Optional<string?>(
            verbs.Context, "--if-version", "delete the one document only if it has this version, as 'bigrain get --output json' shows it", Values.Text, null);
        Option<bool> watch = JobWatch.Option(verbs.Context);
        return verbs.Make("delete", "delete documents by id", [collection, named, ids, ifVersion, watch], invocation =>
        {
            string[] few = invocation.Get(named);
            string? file = invocation.Get(ids);
            string? version = invocation.Get(ifVersion);
            if (few.Length == 0 == file is null)
            {
                throw Wrong("ids", "name the documents, or give a file of ids with --ids");
            }

            if (version is not null && few.Length != 1)
            {
                throw Wrong("ifVersion", "--if-version is about one document: name one ID");
            }

            return file is null
                ? DeleteAsync(invocation, invocation.Get(collection), few, version)
                : DeleteListAsync(invocation, invocation.Get(collection), file, invocation.Get(watch));
        });
    }

    private static async Task<int> DeleteAsync(Invocation invocation, string collection, string[] ids, string? ifVersion)
    {
        using BigrainClient client = invocation.OpenClient();
        WriteReply reply = await client.DeleteAsync(
            collection,
            ifVersion is null ? new DeleteRequest { Ids = ids } : new DeleteRequest { Documents = [new DocumentDelete { Id = ids[0], IfVersion = ifVersion }] },
            invocation.CancellationToken);
        if (invocation.IsJson)
        {
            invocation.PrintJson(reply, ApiJson.Default.WriteReply);
        }
        else
        {
            invocation.Print($"deleted {reply.Accepted}");
        }

        return ExitCode.Ok;
    }

    private static async Task<int> DeleteListAsync(Invocation invocation, string collection, string ids, bool watch)
    {
        using BigrainClient client = invocation.OpenClient(SendTimeout);
        using var file = new IdFile(ids);
        JobInfo job = await client.DeleteManyAsync(collection, file.ReadAll(), invocation.CancellationToken);
        return await JobWatch.FinishAsync(invocation, job, watch);
    }

    private static ToolException Wrong(string field, string detail) => new(
        ExitCode.BadUsage, new ApiProblem { Type = ProblemTypes.InvalidArgument, Title = "the command is not valid", Detail = detail, Field = field });
}
