using System.ComponentModel.DataAnnotations;

namespace Bigrain.Index.Partitions;

/// <summary>Settings of partitions; section <c>Partition</c>.</summary>
public sealed class PartitionOptions
{
    /// <summary>Documents in a tail that make it freeze. Default 8,192. Raising it makes fewer, larger segments and slower queries over the tail.</summary>
    [Range(1, 1_000_000)]
    public int FreezeDocuments { get; set; } = 8_192;

    /// <summary>Bytes of a tail that make it freeze. Default 16 MiB. Raising it costs memory: four times this per partition.</summary>
    [Range(1, 1L << 32)]
    public long FreezeBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Log blobs in a tail that make it freeze. Default 1,024. Raising it makes recovery slower: each is one read.</summary>
    [Range(1, 1_000_000)]
    public int FreezeLogBlobs { get; set; } = 1_024;

    /// <summary>Age of a tail's first row that makes it freeze. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan FreezeAge { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of recent log entries that a silo keeps for all its partitions. Default 16 MiB, and never more than a 32nd of the memory.
    /// Raising it costs memory and saves reads of the log: one for each entry above its floors when a partition follows a newer manifest.</summary>
    [Range(0, 1L << 40)]
    public long RecentLogBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Freezes a tail may hold before writers are refused. Default 4.</summary>
    [Range(1, 64)]
    public int MaxFreezesBehind { get; set; } = 4;

    /// <summary>Segments of similar size that are merged into one. Default 8. Raising it lowers write amplification and slows queries.</summary>
    [Range(2, 64)]
    public int MergeFanIn { get; set; } = 8;

    /// <summary>Most of one core that merging takes on a silo. Default 0.5. Raising it merges faster and leaves less to queries.</summary>
    [Range(0.01, 1.0)]
    public double MergeCpuShare { get; set; } = 0.5;

    /// <summary>Share of dead and expired documents that makes a segment be rewritten. Default 0.2. Lowering it writes more and stores less.</summary>
    [Range(0.01, 1.0)]
    public double MaxDeadShare { get; set; } = 0.2;

    /// <summary>Most documents of a segment. Default 4 Mi.</summary>
    [Range(1, 4 * 1024 * 1024)]
    public int MaxSegmentDocuments { get; set; } = 4 * 1024 * 1024;

    /// <summary>Bytes a freeze may leave in memory at most before writers are refused.</summary>
    internal long MaxTailBytes => FreezeBytes * MaxFreezesBehind;

    /// <summary>Documents a tail may hold at most before writers are refused.</summary>
    internal long MaxTailDocuments => (long)FreezeDocuments * MaxFreezesBehind;
}
