using System.CommandLine;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
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
            JobInfo job = await RunAsync(invocation, client, invocation.Get(collection));
            if (invocation.IsJson)
            {
                invocation.PrintJson(job, ApiJson.Default.JobInfo);
            }
            else
            {
                invocation.Print($"compacted {invocation.Get(collection)}");
            }

            return ExitCode.Ok;
        });
    }

    /// <summary>Compacts and waits.</summary>
    public static Task<JobInfo> RunAsync(Invocation invocation, BigrainClient client, string collection) =>
        invocation.WithProgressAsync($"compacting {collection}", async progress =>
        {
            JobInfo job = await client.CompactAsync(collection, invocation.CancellationToken);
            return await client.WaitForJobAsync(job, new JobProgress(progress), invocation.CancellationToken);
        });

    private sealed class JobProgress(IProgress<Share> target) : IProgress<JobInfo>
    {
        public void Report(JobInfo value) => target.Report(new Share(value.Progress, 1));
    }
}
