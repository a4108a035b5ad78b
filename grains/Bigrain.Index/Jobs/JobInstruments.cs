using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Bigrain.Index.Jobs;

/// <summary>Metrics of jobs; meter <c>Bigrain.Jobs</c>.</summary>
public sealed class JobInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Bigrain.Jobs";

    private readonly ConcurrentDictionary<JobContext, bool> _running = new();
    private readonly Counter<long> _ended;
    private readonly Counter<long> _retries;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">Makes the meter; null for one that nobody owns.</param>
    public JobInstruments(IMeterFactory? meters)
    {
#pragma warning disable CA2000 // a meter lives as long as its process
        Meter meter = meters?.Create(MeterName) ?? new Meter(MeterName);
#pragma warning restore CA2000
        meter.CreateObservableGauge(
            "bigrain.jobs.running", () => ByKind(static jobs => (long)jobs.Count()), "{job}", "Jobs that this silo runs, by kind.");
        meter.CreateObservableGauge(
            "bigrain.jobs.progress", () => ByKind(static jobs => jobs.Average(Share)), "1", "Share done of the stages of the jobs that this silo runs, by kind.");
        meter.CreateObservableGauge(
            "bigrain.jobs.done", () => ByKind(static jobs => jobs.Sum(job => job.Record.Done)), null, "What these stages have done, in the unit of the kind.");
        meter.CreateObservableGauge(
            "bigrain.jobs.total", () => ByKind(static jobs => jobs.Sum(job => job.Record.Total)), null, "What these stages have to do; 0 where that is not known.");
        meter.CreateObservableGauge(
            "bigrain.jobs.rate", () => ByKind(static jobs => jobs.Sum(job => job.Record.RatePerSecond ?? 0)), null, "What these stages do in a second.");
        meter.CreateObservableGauge(
            "bigrain.jobs.remaining",
            () => ByKind(static jobs => jobs.Max(job => job.Record.Remaining?.TotalSeconds ?? 0)),
            "s",
            "Until the last of these stages is done at its present rate; 0 where that cannot be said.");
        _ended = meter.CreateCounter<long>("bigrain.jobs.ended", "{job}", "Jobs that ended on this silo, by kind and outcome.");
        _retries = meter.CreateCounter<long>("bigrain.jobs.retries", "{retry}", "Steps tried again after a failure that may pass, by kind.");
    }

    /// <summary>A run began.</summary>
    internal void Began(JobContext job) => _running[job] = true;

    /// <summary>A run is over, whatever became of the job.</summary>
    internal void Left(JobContext job) => _running.TryRemove(job, out _);

    /// <summary>A job has ended.</summary>
    internal void Ended(string kind, JobState outcome) =>
        _ended.Add(1, new TagList { { "kind", kind }, { "outcome", NameOf(outcome) } });

    /// <summary>A step is tried again.</summary>
    internal void Retried(string kind) => _retries.Add(1, new TagList { { "kind", kind } });

    private static double Share(JobContext job) =>
        job.Record.Total > 0 ? Math.Clamp((double)job.Record.Done / job.Record.Total, 0, 1) : 0;

    private static string NameOf(JobState outcome) => outcome switch
    {
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        _ => "cancelled",
    };

    private IEnumerable<Measurement<T>> ByKind<T>(Func<IEnumerable<JobContext>, T> measure)
        where T : struct =>
        _running.Keys.GroupBy(job => job.Kind, StringComparer.Ordinal)
            .Select(jobs => new Measurement<T>(measure(jobs), new KeyValuePair<string, object?>("kind", jobs.Key)));
}
