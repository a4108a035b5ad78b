using System.ComponentModel.DataAnnotations;

namespace Bigrain.Index.Jobs;

/// <summary>Settings of jobs; section <c>Jobs</c>.</summary>
public sealed class JobOptions
{
    /// <summary>How often each silo looks for jobs that nobody runs. Default 5 s. Raising it makes a job wait longer after its silo died; lowering it costs listings of the store.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")]
    public TimeSpan LookPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a runner looks whether its job was cancelled or taken over. Default 2 s: one small request each; 0 leaves it to the job's own saves.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan WatchPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often progress that nothing depends on is written. Default 1 s. Lowering it costs writes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ReportPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>First pause before a failed step is tried again; it doubles up to <see cref="MaxPause"/>. Default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause between tries. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a job may try without getting on before it fails. Default 1 hour. Raising it rides out longer failures of the store.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a job that has ended is shown. Default 7 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeepEnded { get; set; } = TimeSpan.FromDays(7);
}
