using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Runs;

/// <summary>Refuses what cannot be learned from, before time is spent on it; each message says what to do.</summary>
public static class TrainingChecks
{
    private const int PointsPerWord = 39;
    private const int MinTraining = 16;
    private const int MinValidation = 4;

    /// <summary>Checks a set against the settings.</summary>
    /// <exception cref="BigrainException">Something is missing or too small; the message names it and the remedy.</exception>
    public static void Check(TrainingSet set, RunOptions options)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(options);
        Require(set.Queries.Rows > 0, "queries", "there are no queries; give --queries and --qrels, or texts to make queries of");
        Require(
            set.Documents.Columns == set.Queries.Columns,
            "queries",
            $"queries have {set.Queries.Columns} dimensions, documents {set.Documents.Columns}; both must come from the same encoder");
        Judged(set, set.Split.Training, MinTraining, "train");
        Judged(set, set.Split.Validation, MinValidation, "validate");
        RotationOptions start = options.Sparse.Start;
        Require(
            start.SubspaceCount >= 1 && start.SubspaceCount <= set.Dimension,
            "subspaces",
            $"{start.SubspaceCount} subspaces do not fit dimension {set.Dimension}; ask for at most that many");
        int words = 1 << start.Bits;
        Require(
            set.Documents.Rows >= words * PointsPerWord,
            "bits",
            $"{set.Documents.Rows} documents are too few for codes of {start.Bits} bits, which want {PointsPerWord} for each of {words} words: "
            + (start.Bits > 4 ? $"{words * PointsPerWord} in all; ask for --bits 4" : $"{words * PointsPerWord} in all; give more documents"));
    }

    private static void Judged(TrainingSet set, int[] queries, int least, string purpose)
    {
        int judged = queries.Count(query => set.Relevant.Of(query).Length > 0);
        Require(
            judged > 0,
            "qrels",
            $"no query to {purpose} has a relevant document among the {set.Documents.Rows}; check that the ids of the judgements are those of queries and documents");
        Require(judged >= least, "queries", $"{judged} judged queries to {purpose} are too few, {least} are needed; give more queries");
    }

    private static void Require(bool holds, string field, string message)
    {
        if (!holds)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, message, field);
        }
    }
}
