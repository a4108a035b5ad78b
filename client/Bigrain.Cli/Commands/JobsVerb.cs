using System.CommandLine;
using System.Globalization;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain jobs list|show|watch|cancel</c>.</summary>
internal static class JobsVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs) => new("jobs", "list, show, watch and cancel jobs")
    {
        MakeList(verbs),
        verbs.MakeOnJob("show", "show one job", async (invocation, client, id) =>
        {
            Show(invocation, await client.Jobs.GetAsync(id, invocation.CancellationToken));
            return ExitCode.Ok;
        }),
        verbs.MakeOnJob("watch", "wait for a job and show its progress; fails when it failed", async (invocation, client, id) =>
            await JobWatch.FinishAsync(invocation, await client.Jobs.GetAsync(id, invocation.CancellationToken), watch: true), maxRetries: 1_000),
        verbs.MakeOnJob("cancel", "ask for the end of a job; what it did is undone", async (invocation, client, id) =>
        {
            Show(invocation, await client.Jobs.CancelAsync(id, invocation.CancellationToken));
            return ExitCode.Ok;
        }),
    };

    private static Command MakeList(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Option<string?> collection = Flag.Optional<string?>(context, "--collection", "only jobs of this collection", Values.Text, null);
        Option<string?> state = Flag.Optional<string?>(context, "--state", "only jobs in this state: running, succeeded, failed, cancelled", Values.Text, null);
        return verbs.Make("list", "list jobs, newest first", [collection, state], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            IReadOnlyList<JobInfo> jobs = await client.Jobs.ListAsync(invocation.Get(collection), invocation.Get(state), invocation.CancellationToken);
            if (invocation.IsJson)
            {
                invocation.PrintJson(new JobList { Jobs = jobs }, ApiJson.Default.JobList);
            }
            else
            {
                invocation.PrintTable(
                    ["job", "kind", "action", "collection", "state", "stage", "done", "created"],
                    jobs.Select(static job => new[]
                    {
                        job.Id, job.Kind, job.Action ?? "", job.Collection ?? "", job.State, job.Stage ?? "", JobText.Share(job), Time(job.CreatedAt),
                    }));
            }

            return ExitCode.Ok;
        });
    }

    private static Command MakeOnJob(
        this VerbFactory verbs, string name, string help, Func<Invocation, BigrainClient, string, Task<int>> action, int maxRetries = 6)
    {
        Argument<string> id = new("JOB") { Description = "id of the job" };
        return verbs.Make(name, help, [id], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient(TimeSpan.FromMinutes(1), maxRetries);
            return await action(invocation, client, invocation.Get(id));
        });
    }

    private static void Show(Invocation invocation, JobInfo job)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(job, ApiJson.Default.JobInfo);
            return;
        }

        string?[][] rows =
        [
            ["job", job.Id],
            ["kind", job.Kind],
            ["action", job.Action],
            ["collection", job.Collection],
            ["state", JobText.Describe(job)],
            ["created", Time(job.CreatedAt)],
            ["updated", Time(job.UpdatedAt)],
            ["ended", job.EndedAt is { } ended ? Time(ended) : null],
            ["silo", job.Silo is null ? null : string.Create(CultureInfo.InvariantCulture, $"{job.Silo} (attempt {job.Attempt})")],
            ["error", job.Error?.Detail],
            ["result", job.Result?.ToString()],
        ];
        invocation.PrintTable(["", ""], rows.Where(static row => row[1] is not null).Select(static row => new[] { row[0]!, row[1]! }));
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
