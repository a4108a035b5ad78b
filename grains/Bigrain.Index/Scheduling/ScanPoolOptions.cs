using System.ComponentModel.DataAnnotations;

namespace Bigrain.Index.Scheduling;

/// <summary>Settings of the scan pool; section <c>ScanPool</c>.</summary>
public sealed class ScanPoolOptions
{
    /// <summary>Dedicated scan threads. Default 0: one per processor. More threads than processors only add switching.</summary>
    [Range(0, 1_024)]
    public int ThreadCount { get; set; }

    /// <summary>Scans that may wait. Default 256. Raising it trades waiting time for fewer refusals under a burst.</summary>
    [Range(1, 100_000)]
    public int QueueLength { get; set; } = 256;
}
