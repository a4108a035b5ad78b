using Bigrain.Training.Dense;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Runs;

/// <summary>Settings of a run of both stages.</summary>
public sealed record RunOptions
{
    /// <summary>Below this many training queries only the query head of the dense stage is trained: a document head would learn them by heart.</summary>
    public const int QueriesForDocumentHead = 2_000;

    /// <summary>Below this many documents codes of 8 bits would nearly remember the collection: 256 words want 39 documents each.</summary>
    public const int DocumentsFor8Bits = 256 * 39;

    /// <summary>Settings of stage S.</summary>
    public SparseOptions Sparse { get; init; } = new();

    /// <summary>Settings of stage D; null leaves it out, and documents are verified by their vectors as they are.</summary>
    public DenseOptions? Dense { get; init; } = new();

    /// <summary>Seed of all chance. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Candidates that a query hands to verification; 0 chooses the fewest that keep 98 % of what 1,000 find. Default 0.</summary>
    public int Candidates { get; init; }

    /// <summary>Settings that fit the size of what there is to learn from.</summary>
    /// <param name="documents">Documents.</param>
    /// <param name="trainingQueries">Training queries.</param>
    public static RunOptions For(int documents, int trainingQueries)
    {
        bool small = documents < DocumentsFor8Bits;
        return new RunOptions
        {
            Sparse = new SparseOptions { Start = new RotationOptions { SubspaceCount = small ? 16 : 8, Bits = small ? 4 : 8 } },
            Dense = new DenseOptions
            {
                BatchSize = Math.Clamp(trainingQueries / 16, 8, 64),
                DocumentHead = trainingQueries >= QueriesForDocumentHead,
            },
        };
    }
}
