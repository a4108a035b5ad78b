using Bigrain.Index.Errors;

namespace Bigrain.Training.Quantisation;

/// <summary>Settings of <see cref="SparseTrainer"/>.</summary>
public sealed record SparseOptions
{
    /// <summary>Settings of the start: subspaces, bits, rotation.</summary>
    public RotationOptions Start { get; init; } = new();

    /// <summary>Seed of everything that is drawn.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Passes over the training queries. Default 12. Time grows with it; 0 leaves the start as it is.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>Training queries of a step. Default 256, and at most an eighth of all. Time and negatives of a step grow with it.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Extra negatives of each query. Default 1. Time of a step grows with it.</summary>
    public int NegativeCount { get; init; } = 1;

    /// <summary>Where extra negatives come from. Default the index of step 0.</summary>
    public NegativeSource Negatives { get; init; } = NegativeSource.Index;

    /// <summary>How deep the index is searched for negatives, and the teacher for documents to distil. Default 200.</summary>
    public int NegativeDepth { get; init; } = 200;

    /// <summary>Divides the scores before the softmax; 0 chooses: .05 under cosine, the spread of scores under the inner
    /// product. Default 0.</summary>
    public double Temperature { get; init; }

    /// <summary>Highest learning rate of the codebooks, as a share of the root mean square of their entries. Default .02.</summary>
    public double CodebookRate { get; init; } = 0.02;

    /// <summary>Highest learning rate of the query head. Default .002.</summary>
    public double HeadRate { get; init; } = 0.002;

    /// <summary>Whether a query head is trained along. Default true. Costs d * d operations for each query that is served.</summary>
    public bool QueryHead { get; init; } = true;

    /// <summary>How the gradient passes the choice of a word. Default hard gather.</summary>
    public AssignmentKind Assignment { get; init; } = AssignmentKind.HardGather;

    /// <summary>Divides distances in the straight-through softmax; 0 takes the mean gap between the two nearest words.
    /// Default 0.</summary>
    public double AssignmentTemperature { get; init; }

    /// <summary>Share of the loss on labels; the rest is distilled from the exact scores. Default 1: labels alone.</summary>
    public double LabelShare { get; init; } = 1;

    /// <summary>Documents per query, from those the exact scores rank first, that are distilled beside the batch. Default 8.</summary>
    public int TeacherDocuments { get; init; } = 8;

    /// <summary>Weight of the mean squared error of the codes in the loss. Default 0.</summary>
    public double ReconstructionWeight { get; init; }

    /// <summary>Whether the codes of step 0 stay and only the values of the look-up tables move. Default false: documents are
    /// encoded anew.</summary>
    public bool FrozenCodes { get; init; }

    /// <summary>Coarse centroids; 0 for none. Default 0. Lists are found once and stay.</summary>
    public int CentroidCount { get; init; }

    /// <summary>Epochs between evaluations. Default 1. Each encodes the corpus.</summary>
    public int EvaluationEpochs { get; init; } = 1;

    /// <summary>Depth of the recall that chooses the best step. Default 10.</summary>
    public int SelectionDepth { get; init; } = 10;

    /// <summary>Candidates that a later stage would verify: the depth of the third recall in the history. Default 200.</summary>
    public int CandidateDepth { get; init; } = 200;

    /// <summary>Evaluations without a better one before training ends. Default 4.</summary>
    public int Patience { get; init; } = 4;

    /// <summary>Longest gradient that is left alone. Default 1.</summary>
    public double ClipLength { get; init; } = 1;

    /// <summary>Threads to use; results do not depend on it. Default 2.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Refuses settings that make no sense.</summary>
    /// <exception cref="BigrainException">A setting is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Epochs >= 0, nameof(Epochs), "at least 0");
        Require(BatchSize >= 2, nameof(BatchSize), "at least 2");
        Require(NegativeCount >= 0, nameof(NegativeCount), "at least 0");
        Require(NegativeDepth >= 1, nameof(NegativeDepth), "at least 1");
        Require(Temperature >= 0, nameof(Temperature), "at least 0");
        Require(CodebookRate >= 0, nameof(CodebookRate), "at least 0");
        Require(HeadRate >= 0, nameof(HeadRate), "at least 0");
        Require(AssignmentTemperature >= 0, nameof(AssignmentTemperature), "at least 0");
        Require(LabelShare is >= 0 and <= 1, nameof(LabelShare), "from 0 to 1");
        Require(TeacherDocuments >= 0, nameof(TeacherDocuments), "at least 0");
        Require(ReconstructionWeight >= 0, nameof(ReconstructionWeight), "at least 0");
        Require(CentroidCount >= 0, nameof(CentroidCount), "at least 0");
        Require(EvaluationEpochs >= 1, nameof(EvaluationEpochs), "at least 1");
        Require(SelectionDepth >= 1, nameof(SelectionDepth), "at least 1");
        Require(CandidateDepth >= 1, nameof(CandidateDepth), "at least 1");
        Require(Patience >= 1, nameof(Patience), "at least 1");
        Require(ClipLength > 0, nameof(ClipLength), "above 0");
        Require(Threads >= 1, nameof(Threads), "at least 1");
        Require(Start.Bits is 4 or 8, nameof(RotationOptions.Bits), "4 or 8");
        Require(Start.SubspaceCount >= 1, nameof(RotationOptions.SubspaceCount), "at least 1");
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"{name} must be {range}", name);
        }
    }
}
