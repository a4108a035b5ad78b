using System.Globalization;
using Bigrain.Api.Jobs;
using Bigrain.Cli.Reports;

namespace Bigrain.Cli.Jobs;

/// <summary>Jobs in words.</summary>
internal static class JobText
{
    /// <summary>What stands beside the bar.</summary>
    public static string Label(JobInfo job) =>
        $"{job.Kind}{On(job)}{(job.Stage is null ? "" : ": " + job.Stage)}{(job.Trouble is null ? "" : " (waiting)")}";

    /// <summary>The collection, where there is one.</summary>
    public static string On(JobInfo job) => job.Collection is null ? "" : " " + job.Collection;

    /// <summary>How far it is, in one line.</summary>
    public static string Describe(JobInfo job)
    {
        var parts = new List<string>
        {
            job.State != JobStates.Running ? job.State
            : job.CancelRequested ? "cancelling"
            : job.Attempt == 0 ? "waiting for a silo"
            : job.State,
        };
        if (job.Stage is not null)
        {
            parts.Add(job.Stage);
        }

        if (Share(job) is { Length: > 0 } share)
        {
            parts.Add(share);
        }

        if (job.RatePerSecond is { } rate)
        {
            parts.Add($"{Words.Number(rate)}/s");
        }

        if (job.RemainingSeconds is { } left)
        {
            parts.Add($"{Time(left)} left");
        }

        if (job.Trouble is not null)
        {
            parts.Add($"waiting: {job.Trouble}");
        }

        return string.Join(", ", parts);
    }

    /// <summary>Units done of those to do.</summary>
    public static string Share(JobInfo job) => job switch
    {
        { Total: > 0, Unit: "bytes" } => $"{Words.Size(job.Done)} of {Words.Size(job.Total)}",
        { Total: > 0 } => $"{Words.Count(job.Done)} of {Words.Count(job.Total)} {job.Unit}".TrimEnd(),
        { Done: > 0 } => $"{Words.Count(job.Done)} {job.Unit}".TrimEnd(),
        _ => "",
    };

    /// <summary>A time for people.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 5_400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3_600:0.#} h"),
    };
}
