using System.CommandLine;
using Bigrain.Api.Jobs;
using Bigrain.Cli.Files;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain delete COLLECTION --ids FILE</c>: deletes documents by a list of ids.</summary>
internal static class DeleteVerb
{
    private static readonly TimeSpan SendTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        Argument<string> collection = VerbFactory.Collection();
        Option<string> ids = Flag.Required("--ids", "file with one id a line, gzipped or not", Values.Text);
        Option<bool> watch = JobWatch.Option(verbs.Context);
        return verbs.Make("delete", "delete the documents of a list of ids", [collection, ids, watch], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient(SendTimeout);
            using var file = new IdFile(invocation.Get(ids));
            JobInfo job = await client.DeleteManyAsync(invocation.Get(collection), file.ReadAll(), invocation.CancellationToken);
            return await JobWatch.FinishAsync(invocation, client, job, invocation.Get(watch));
        });
    }
}
