using System.ComponentModel.DataAnnotations;
using Bigrain.Training.Locality;

namespace Bigrain.Training.Quantisation;

/// <summary>Settings of <see cref="SparseTrainer"/>.</summary>
public sealed record SparseOptions
{
    /// <summary>Settings of the start: subspaces, bits, rotation.</summary>
    public RotationOptions Start { get; init; } = new();

    /// <summary>Seed of everything that is drawn.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Passes over the training queries. Default 12. Time grows with it; 0 leaves the start as it is.</summary>
    [Range(0, int.MaxValue)]
    public int Epochs { get; init; } = 12;

    /// <summary>Training queries of a step. Default 256, and at most an eighth of all. Time and negatives of a step grow with it.</summary>
    [Range(2, int.MaxValue)]
    public int BatchSize { get; init; } = 256;

    /// <summary>Extra negatives of each query. Default 1. Time of a step grows with it.</summary>
    [Range(0, int.MaxValue)]
    public int NegativeCount { get; init; } = 1;

    /// <summary>Where extra negatives come from. Default the candidates: documents that the index of step 0 ranks high for the query and that
    /// are not relevant to it.</summary>
    public NegativeSource Negatives { get; init; } = NegativeSource.Candidates;

    /// <summary>How deep the index is searched for negatives, and the teacher for documents to distil. Default 200.</summary>
    [Range(1, int.MaxValue)]
    public int NegativeDepth { get; init; } = 200;

    /// <summary>Divides the scores before the softmax; 0 chooses: .05 under cosine, the spread of scores under the inner
    /// product. Default 0.</summary>
    [Range(0.0, double.MaxValue)]
    public double Temperature { get; init; }

    /// <summary>Highest learning rate of the codebooks, as a share of the root mean square of their entries. Default .02.</summary>
    [Range(0.0, double.MaxValue)]
    public double CodebookRate { get; init; } = 0.02;

    /// <summary>Highest learning rate of the query head. Default .002.</summary>
    [Range(0.0, double.MaxValue)]
    public double HeadRate { get; init; } = 0.002;

    /// <summary>Whether a query head is trained along. Default true. Costs d * d operations for each query that is served.</summary>
    public bool QueryHead { get; init; } = true;

    /// <summary>How the gradient passes the choice of a word. Default hard gather.</summary>
    public AssignmentKind Assignment { get; init; } = AssignmentKind.HardGather;

    /// <summary>Divides distances in the straight-through softmax; 0 takes the mean gap between the two nearest words.
    /// Default 0.</summary>
    [Range(0.0, double.MaxValue)]
    public double AssignmentTemperature { get; init; }

    /// <summary>Share of the loss on labels; the rest is distilled from the exact scores. Default 1: labels alone.</summary>
    [Range(0.0, 1.0)]
    public double LabelShare { get; init; } = 1;

    /// <summary>Documents per query, from those the exact scores rank first, that are distilled beside the batch. Default 8.</summary>
    [Range(0, int.MaxValue)]
    public int TeacherDocuments { get; init; } = 8;

    /// <summary>Weight of the mean squared error of the codes in the loss. Default 0.</summary>
    [Range(0.0, double.MaxValue)]
    public double ReconstructionWeight { get; init; }

    /// <summary>Whether the codes of step 0 stay and only the values of the look-up tables move. Default false: documents are
    /// encoded anew.</summary>
    public bool FrozenCodes { get; init; }

    /// <summary>Coarse centroids; 0 for none. Default 0. Lists are found once and stay.</summary>
    [Range(0, int.MaxValue)]
    public int CentroidCount { get; init; }

    /// <summary>Epochs between evaluations. Default 1. Each encodes the corpus.</summary>
    [Range(1, int.MaxValue)]
    public int EvaluationEpochs { get; init; } = 1;

    /// <summary>Depth of the recall that chooses the best step. Default 10.</summary>
    [Range(1, int.MaxValue)]
    public int SelectionDepth { get; init; } = 10;

    /// <summary>Candidates that a later stage would verify: the depth of the third recall in the history. Default 200.</summary>
    [Range(1, int.MaxValue)]
    public int CandidateDepth { get; init; } = 200;

    /// <summary>Evaluations without a better one before training ends. Default 4.</summary>
    [Range(1, int.MaxValue)]
    public int Patience { get; init; } = 4;

    /// <summary>Longest gradient that is left alone. Default 1.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double ClipLength { get; init; } = 1;

    /// <summary>Threads to use; results do not depend on it. Default 2.</summary>
    [Range(1, int.MaxValue)]
    public int Threads { get; init; } = 2;
}
