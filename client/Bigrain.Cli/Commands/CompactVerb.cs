using System.CommandLine;
using Bigrain.Api.Jobs;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain compact COLLECTION</c>: tails into segments, small segments into larger ones.</summary>
internal static class CompactVerb
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        Argument<string> collection = VerbFactory.Collection();
        return verbs.Make("compact", "move tails into segments, merge these, and wait for it", [collection], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient(PollTimeout);
            JobInfo job = await client.Maintenance.CompactAsync(invocation.Get(collection), invocation.CancellationToken);
            job = await JobWatch.WaitAsync(invocation, job);
            if (job.State != JobStates.Succeeded || invocation.IsJson)
            {
                return JobWatch.Report(invocation, job);
            }

            invocation.Print($"compacted {invocation.Get(collection)}");
            return ExitCode.Ok;
        });
    }

    /// <summary>Compacts and waits, as a step of another verb.</summary>
    public static async Task<JobInfo> RunAsync(Invocation invocation, BigrainClient client, string collection)
    {
        JobInfo job = await client.Maintenance.CompactAsync(collection, invocation.CancellationToken);
        return await client.Jobs.WaitAsync(await JobWatch.WaitAsync(invocation, client, job), null, invocation.CancellationToken);
    }
}
