using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Log;
using Bigrain.Index.Memory;
using Bigrain.Index.Randomness;
using Bigrain.Index.Segments;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

/// <summary>The parts that all partitions of a silo share.</summary>
public sealed record PartitionServices
{
    private GenerationTables? _tables;
    private RecentLog? _recentLog;

    /// <summary>The only truth.</summary>
    public required IBlobStore Store { get; init; }

    /// <summary>Open segments of the silo; outlives partitions and activations.</summary>
    public required SegmentCache Segments { get; init; }

    /// <summary>Byte budget of the silo.</summary>
    public required MemoryBudget Budget { get; init; }

    /// <summary>Settings of partitions.</summary>
    public required PartitionOptions Options { get; init; }

    /// <summary>Settings of coarse codes.</summary>
    public required CoarseOptions Coarse { get; init; }

    /// <summary>Folder for the temporary files of freezes and compactions.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>Hash of ids.</summary>
    public IIdHash IdHash { get; init; } = XxIdHash.Instance;

    /// <summary>Admits one freeze at a time, so that freezing never takes more than one core from queries.</summary>
    public SemaphoreSlim FreezeGate { get; } = new(1, 1);

    /// <summary>Admits one merge at a time. Beside the gate of freezes: those must not wait for minutes, or writers would have to.</summary>
    public SemaphoreSlim MergeGate { get; } = new(1, 1);

    /// <summary>Admits one build of a new generation's segments at a time, beside the other gates for the same reason.</summary>
    public SemaphoreSlim RebuildGate { get; } = new(1, 1);

    /// <summary>Learned tables of the open generations.</summary>
    public GenerationTables Tables => LazyInitializer.EnsureInitialized(ref _tables, () => new GenerationTables(Store));

    /// <summary>Log entries that were written or read lately.</summary>
    public RecentLog RecentLog => LazyInitializer.EnsureInitialized(ref _recentLog, () => new RecentLog(Budget, Options.RecentLogBytes));

    /// <summary>Clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Source of segment names.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>Makes the partitions' logger.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>Starts work that nobody waits for; a simulation decides when it runs.</summary>
    internal Action<Func<Task>> Background { get; init; } = static work => _ = Task.Run(work);

    /// <summary>Planted bugs of a simulation.</summary>
    internal PartitionFlaws Flaws { get; init; }
}
