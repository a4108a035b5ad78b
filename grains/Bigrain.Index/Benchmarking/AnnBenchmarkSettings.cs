using Bigrain.Index.Schema;

namespace Bigrain.Index.Benchmarking;

/// <summary>What <see cref="AnnBenchmark"/> sweeps.</summary>
public sealed record AnnBenchmarkSettings
{
    /// <summary>Codecs, each built once for each leaf size. Our own Flat always runs first.</summary>
    public IReadOnlyList<CodecSpec> Codecs { get; init; } = [CodecSpec.RaBitQ(1), CodecSpec.RaBitQ(2), CodecSpec.RaBitQ(4)];

    /// <summary>Threads that search at a time, in turn.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [1];

    /// <summary>Queries in a call, in turn; 1 = single queries.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [1, 1_000];

    /// <summary>Leaves probed; 0 = automatic.</summary>
    public IReadOnlyList<int> Nprobes { get; init; } = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

    /// <summary>Candidates verified at most; 0 = automatic.</summary>
    public IReadOnlyList<int> Shortlists { get; init; } = [0, 20, 40, 80];

    /// <summary>Average documents of a leaf.</summary>
    public IReadOnlyList<int> LeafSizes { get; init; } = [256];

    /// <summary>Neighbours asked for.</summary>
    public int K { get; init; } = 10;

    /// <summary>Most queries used; 0 = all.</summary>
    public int QueryLimit { get; init; }

    /// <summary>Runs of each setting, of which the fastest counts.</summary>
    public int Repeats { get; init; } = 2;

    /// <summary>Seed of leaves and rotation.</summary>
    public ulong Seed { get; init; } = 42;
}
