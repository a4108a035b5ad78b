using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Dense;

/// <summary>The candidates of the validation queries, ready to be ordered by heads.</summary>
internal sealed class ValidationCandidates
{
    private readonly Matrix _queries;
    private readonly Matrix _documents;
    private readonly int[] _rows;
    private readonly int[][] _places;
    private readonly int[][] _relevant;

    public ValidationCandidates(TrainingSet set, int[][] candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        if (candidates.Length != set.Split.Validation.Length)
        {
            throw new ArgumentException(
                $"candidates of {candidates.Length} queries for {set.Split.Validation.Length} validation queries");
        }

        // Only documents that are anybody's candidate go through the head.
        _rows = [.. candidates.SelectMany(documents => documents).Distinct().Order()];
        _places = [.. candidates.Select(documents => documents.Select(row => Array.BinarySearch(_rows, row)).ToArray())];
        _documents = set.Documents.Gather(_rows);
        _queries = set.Queries.Gather(set.Split.Validation);
        _relevant = set.RelevantOf(set.Split.Validation);
    }

    public DenseEvaluation Evaluate(DenseHeads heads, int epoch, int step, double loss)
    {
        var scores = Reranking.Scores(heads.Query.Apply(_queries), _places, heads.OfDocuments(_documents));
        var order = Reranking.Order(_places, scores);
        int[][] rankings = [.. order.Select(places => places.Select(place => _rows[place]).ToArray())];
        var quality = RankedQuality.Of(rankings, _relevant);
        return new DenseEvaluation(epoch, step, loss, quality.ReciprocalRank, quality.Recall);
    }
}
