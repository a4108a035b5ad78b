using System.CommandLine;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Jobs;

/// <summary>What every verb does with the job that it started: wait for it and show how it gets on, or say how to.</summary>
internal static class JobWatch
{
    // A server that restarts must not end a watch: the job goes on.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>The switch that has a verb wait for its job.</summary>
    public static Option<bool> Option(ToolContext context) => Flag.Switch(context, "--watch", "wait for the job and show its progress");

    /// <summary>Ends a verb that started a job.</summary>
    /// <param name="invocation">The run.</param>
    /// <param name="job">The job as the server answered.</param>
    /// <param name="watch">Whether to wait for it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> FinishAsync(Invocation invocation, JobInfo job, bool watch)
    {
        if (watch)
        {
            return Report(invocation, await WaitAsync(invocation, job));
        }

        if (invocation.IsJson)
        {
            invocation.PrintJson(job, ApiJson.Default.JobInfo);
        }
        else
        {
            invocation.Print($"started {job.Id}; see: bigrain jobs watch {job.Id}");
        }

        return ExitCode.Ok;
    }

    /// <summary>Waits for a job to end, with a bar where a person watches and lines where not.</summary>
    /// <remarks>The verb's own client may give up soon, as it must where there is no server at all; whoever waits for a job does not.</remarks>
    /// <returns>The job in its last state, whatever that is.</returns>
    /// <exception cref="ToolException">The wait ended before the job: it says how to go on waiting.</exception>
    public static async Task<JobInfo> WaitAsync(Invocation invocation, JobInfo job)
    {
        using BigrainClient client = invocation.OpenClient(Patience, maxRetries: 1_000);
        return await WaitAsync(invocation, client, job);
    }

    /// <summary>Waits likewise, for a job of a server that a verb knows and its options do not.</summary>
    public static async Task<JobInfo> WaitAsync(Invocation invocation, BigrainClient client, JobInfo job)
    {
        try
        {
            return await invocation.WithProgressAsync(JobText.Label(job), bar => client.Jobs.WatchAsync(
                job,
                invocation.IsJson || invocation.Context.ErrorIsTerminal ? new Bar(bar) : new Lines(invocation),
                invocation.CancellationToken));
        }
        catch (Exception e) when (e is OperationCanceledException || (e is BigrainClientException refused && refused.Code != ProblemTypes.NotFound))
        {
            (int exitCode, ApiProblem problem) = Faults.Describe(e);
            problem.Detail = $"{problem.Detail ?? problem.Title}; the job goes on: bigrain jobs watch {job.Id}";
            throw new ToolException(exitCode, problem, e);
        }
    }

    /// <summary>Prints a job that has ended.</summary>
    /// <returns>The exit code: 1 when it failed or was cancelled, 5 when it found damaged bytes.</returns>
    public static int Report(Invocation invocation, JobInfo job)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(job, ApiJson.Default.JobInfo);
        }
        else if (job.State == JobStates.Succeeded)
        {
            invocation.Print($"{job.Kind}{JobText.On(job)} succeeded{(job.Result is { } result ? ": " + result : "")}");
        }
        else
        {
            string field = job.Error?.Field is { } name ? $" [{name}]" : "";
            string why = job.Error?.Detail ?? job.Error?.Title ?? (job.State == JobStates.Cancelled ? "on request" : "");
            invocation.Note($"error{field}: job {job.Id} {job.State}: {why}");
        }

        return job.State == JobStates.Succeeded ? ExitCode.Ok
            : job.Error?.Type == ProblemTypes.DataCorrupt ? ExitCode.DataCorrupt
            : ExitCode.Failed;
    }

    private sealed class Bar(IProgress<Share> target) : IProgress<JobInfo>
    {
        public void Report(JobInfo value) =>
            target.Report(new Share(value.Total > 0 ? value.Done : value.Progress, value.Total > 0 ? value.Total : null, JobText.Label(value)));
    }

    /// <summary>A line whenever the stage changes or another tenth is done.</summary>
    private sealed class Lines(Invocation invocation) : IProgress<JobInfo>
    {
        private string? _last;

        public void Report(JobInfo value)
        {
            string now = $"{value.State}/{value.Stage}/{Math.Floor(value.Progress * 10)}/{value.Trouble}";
            if (now != _last)
            {
                _last = now;
                invocation.Note($"{value.Id}: {JobText.Describe(value)}");
            }
        }
    }
}
