namespace Bigrain.Training.Dense;

/// <summary>Where the negatives of the dense stage come from.</summary>
public enum DenseSampling
{
    /// <summary>Random batches, one document of the collection for each query, shared (row D1).</summary>
    InBatch,

    /// <summary>Random batches, candidates of the query, not shared: as many as a shared batch has (row D2).</summary>
    CandidatesOnly,

    /// <summary>Random batches, one candidate for each query, shared (row D3).</summary>
    CandidatesInBatch,

    /// <summary>Patches of the candidate graph by random walk (row D4).</summary>
    RandomWalk,

    /// <summary>Patches of the candidate graph by snowball (row D5).</summary>
    Snowball,
}
