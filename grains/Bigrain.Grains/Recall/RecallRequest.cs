namespace Bigrain.Grains.Recall;

/// <summary>How recall is measured.</summary>
/// <param name="SampleCount">Queries: stored vectors drawn at random, unless vectors are given.</param>
/// <param name="K">Hits compared.</param>
/// <param name="Seed">Seed of the choice: the same documents and seed give the same queries.</param>
public sealed record RecallRequest(int SampleCount, int K, long Seed)
{
    /// <summary>Most queries of one measurement.</summary>
    public const int MaxQueries = 1_000;

    /// <summary>Largest k of one measurement.</summary>
    public const int MaxK = 1_000;

    /// <summary>Queries to measure with; empty draws stored vectors.</summary>
    public IReadOnlyList<float[]> Vectors { get; init; } = [];
}
