using System.ComponentModel.DataAnnotations;

namespace Bigrain.Index.Garbage;

/// <summary>Settings of garbage collection; section <c>Gc</c>.</summary>
/// <remarks>Nothing here is needed for safety: what is deleted is proved to be unreachable, whatever the clocks say. These times are for
/// readers that still hold an address, and for operators who want something back.</remarks>
public sealed class GarbageOptions
{
    /// <summary>How often the cluster collects by itself. Default 6 hours, 0 never. Raising it keeps garbage longer; lowering it costs listings of the store.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan Period { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Age that a blob must have before it is deleted. Default 24 hours. Raising it keeps garbage longer. It should not be
    /// shorter than the longest query, which may read what a merge has just replaced.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Least time between the pass that finds a blob unreachable and the one that deletes it; never more than the grace. Default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan MinInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the generation before the current one is kept for a rollback. Default 7 days. Raising it keeps its segments, and
    /// the log from its floors on.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan PreviousRetention { get; set; } = TimeSpan.FromDays(7);
}
