namespace Bigrain.Kernels.Matrix;

/// <summary>Settings of <see cref="KMeans"/>.</summary>
public sealed record KMeansOptions
{
    /// <summary>Seed of the sample and of the first centroids.</summary>
    public ulong Seed { get; init; }

    /// <summary>Rounds of assignment and averaging at each level. Default 10. Time grows with it.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>Rounds over all centroids after training in two levels. Default 3. Time grows with it.</summary>
    public int Refinements { get; init; } = 3;

    /// <summary>Training rows for each centroid; a larger set is sampled down. Default 96. Time and memory grow with it.</summary>
    public int RowsPerCentroid { get; init; } = 96;

    /// <summary>Bound of the training sample in bytes (floats of all its rows), as long as each centroid keeps one row.
    /// Default 256 MiB. Training in two levels holds up to twice as much at a time.</summary>
    public long MaxSampleBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>From how many centroids on training takes two levels, the square root first. Default 512.</summary>
    public int TwoLevelsFrom { get; init; } = 512;

    /// <summary>Whether centroids of many rows are held back in favour of those of few, so that lists come out of
    /// similar length (the longest about twice the mean). Default true.</summary>
    public bool Balanced { get; init; } = true;

    /// <summary>Threads to use; results do not depend on it. Default 1.</summary>
    public int Threads { get; init; } = 1;
}
