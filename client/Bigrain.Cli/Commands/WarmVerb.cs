using System.CommandLine;
using Bigrain.Api.Jobs;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain warm COLLECTION</c>: loads it on all its silos before the first query does.</summary>
internal static class WarmVerb
{
    private const string None = "none";

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        Argument<string> collection = VerbFactory.Collection();
        Option<string> dense = Flag.Optional(
            verbs.Context, "--dense", "dense records to read into the caches: none, all, or a size for each silo", Checked, None);
        Option<bool> watch = JobWatch.Option(verbs.Context);
        return verbs.Make("warm", "load a collection on all its silos", [collection, dense, watch], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            JobInfo job = await client.Maintenance.WarmAsync(invocation.Get(collection), ReadDense(invocation.Get(dense)), invocation.CancellationToken);
            return await JobWatch.FinishAsync(invocation, job, invocation.Get(watch));
        });
    }

    // Kept as it was written, so that the help shows the default in the words that are allowed.
    private static string Checked(string text)
    {
        ReadDense(text);
        return text;
    }

    private static long ReadDense(string text) => text switch
    {
        None or "0" => 0,
        "all" => long.MaxValue,
        _ => Values.Size(text),
    };
}
