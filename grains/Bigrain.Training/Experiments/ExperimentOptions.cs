using Bigrain.Training.Data;
using Bigrain.Training.Dense;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Experiments;

/// <summary>Settings of an experiment.</summary>
public sealed record ExperimentOptions
{
    /// <summary>Below this many documents 256 words a subspace would nearly remember the collection.</summary>
    private const int DocumentsFor8Bits = 10_000;

    /// <summary>Below this many training queries only the query head is trained.</summary>
    private const int QueriesForDocumentHead = 2_000;

    /// <summary>How much of the matrix is run. Default all.</summary>
    public ExperimentScope Scope { get; init; } = ExperimentScope.Whole;

    /// <summary>One run of everything for each. Default 1, 2 and 3.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [1, 2, 3];

    /// <summary>Settings of the sparse stage; rows change what they are about.</summary>
    public SparseOptions Sparse { get; init; } = new();

    /// <summary>Settings of the dense stage; rows change what they are about.</summary>
    public DenseOptions Dense { get; init; } = new();

    /// <summary>Candidates that a query hands to the dense side. Default 200.</summary>
    public int Candidates { get; init; } = 200;

    /// <summary>Coarse centroids of row S7; 0 leaves it out. Default 128.</summary>
    public int CentroidCount { get; init; } = 128;

    /// <summary>Resamples of the bootstrap. Default 10,000.</summary>
    public int Resamples { get; init; } = 10_000;

    /// <summary>Seed of the bootstrap. Default 17.</summary>
    public ulong BootstrapSeed { get; init; } = 17;

    /// <summary>Settings that fit the size of a set, at 8 bytes a document.</summary>
    /// <param name="set">The set.</param>
    /// <param name="scope">How much of the matrix is run.</param>
    /// <remarks>Fewer than 10,000 documents get 16 subspaces of 4 bits instead of 8 of 8; fewer than 2,000 training queries
    /// only a query head; a batch is at most a sixteenth of the training queries, or it would be no patch of them.</remarks>
    public static ExperimentOptions For(TrainingSet set, ExperimentScope scope)
    {
        ArgumentNullException.ThrowIfNull(set);
        var queries = set.Split.Training.Length;
        var small = set.Documents.Rows < DocumentsFor8Bits;
        return new ExperimentOptions
        {
            Scope = scope,
            Sparse = new SparseOptions
            {
                Start = new RotationOptions { SubspaceCount = small ? 16 : 8, Bits = small ? 4 : 8 },
            },
            Dense = new DenseOptions
            {
                BatchSize = Math.Clamp(queries / 16, 8, 64),
                DocumentHead = queries >= QueriesForDocumentHead,
            },
        };
    }
}
