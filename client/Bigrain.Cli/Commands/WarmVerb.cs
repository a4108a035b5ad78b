using System.CommandLine;
using Bigrain.Api.Jobs;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain warm COLLECTION</c>: loads it on all its silos before the first query does.</summary>
internal static class WarmVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        Argument<string> collection = VerbFactory.Collection();
        Option<long> dense = Flag.Optional(
            verbs.Context, "--dense", "dense records to read into the caches: none, all, or a size for each silo", ReadDense, 0);
        Option<bool> watch = JobWatch.Option(verbs.Context);
        return verbs.Make("warm", "load a collection on all its silos", [collection, dense, watch], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            JobInfo job = await client.Maintenance.WarmAsync(invocation.Get(collection), invocation.Get(dense), invocation.CancellationToken);
            return await JobWatch.FinishAsync(invocation, client, job, invocation.Get(watch));
        });
    }

    private static long ReadDense(string text) => text switch
    {
        "none" => 0,
        "all" => long.MaxValue,
        _ => Values.Size(text),
    };
}
