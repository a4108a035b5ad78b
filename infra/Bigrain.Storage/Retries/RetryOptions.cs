using System.ComponentModel.DataAnnotations;

namespace Bigrain.Storage.Retries;

/// <summary>Settings of repeated store operations; section <c>Storage:Retry</c>.</summary>
public sealed class RetryOptions
{
    /// <summary>Most repetitions of one operation. Default 4, range 0 to 20. Raising it hides longer outages and makes calls take longer.</summary>
    [Range(0, 20)]
    public int RetryCount { get; set; } = 4;

    /// <summary>Wait before the first repetition; it doubles with each, with jitter. Default 50 ms, range 1 ms to 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest wait between two attempts. Default 2 s, range 1 ms to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Repetitions allowed per first attempt, over all operations of the store. Default 0.2, range 0 to 1. Raising it puts more
    /// load on a store that is already failing.</summary>
    [Range(0.0, 1.0)]
    public double BudgetRatio { get; set; } = 0.2;

    /// <summary>Repetitions that may be saved up. Default 50, range 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int BudgetCount { get; set; } = 50;
}
