using System.ComponentModel.DataAnnotations;

namespace Bigrain.Grains.Partitions;

/// <summary>Settings of loading and maintenance; section <c>Keeper</c>.</summary>
public sealed class KeeperOptions
{
    /// <summary>Idle time after which a partition is unloaded. Default 15 minutes. Raising it keeps memory longer; lowering it loads more often.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan UnloadAfter { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Time without a query after which a partition of a generation that is not the current one is unloaded. Default 10 s. Raising
    /// it keeps two generations in memory for longer after a publish; a query that comes later must read the HEAD again.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan UnloadSpareAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often idle and aged tails are looked for. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a failed load is answered with its error before it is tried again. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RetryLoadAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Partitions that are merged at a time. Default 1: merging takes a share of a processor and up to 256 MiB from the queries.</summary>
    [Range(1, 64)]
    public int ConcurrentMaintenance { get; set; } = 1;

    /// <summary>Partitions that are frozen at a time, beside merges. Default 2: one is built while the other one is committed. Raising it
    /// overlaps more commits, which a slow store makes worthwhile, and never more than one build.</summary>
    [Range(1, 64)]
    public int ConcurrentFreezes { get; set; } = 2;
}
