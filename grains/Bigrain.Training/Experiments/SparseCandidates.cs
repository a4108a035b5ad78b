using Bigrain.Training.Data;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Experiments;

/// <summary>What a trained sparse index returns for the queries of a set.</summary>
/// <param name="Training">Ranked documents of the training queries, as deep as the graph needs.</param>
/// <param name="Validation">What would be verified for the validation queries.</param>
/// <param name="Test">What would be verified for the test queries.</param>
/// <param name="ValidationEstimates">Estimates of the validation candidates.</param>
/// <param name="TestEstimates">Estimates of the test candidates.</param>
/// <param name="ValidationDeep">Ranked documents of the validation queries, 1,000 deep.</param>
internal sealed record SparseCandidates(
    int[][] Training,
    int[][] Validation,
    int[][] Test,
    float[][] ValidationEstimates,
    float[][] TestEstimates,
    int[][] ValidationDeep)
{
    private const int Deep = 1_000;

    public static SparseCandidates Of(
        SparseModel model, TrainingSet set, int candidates, int graphDepth, CancellationToken cancellation)
    {
        var index = new SparseIndex(model, set.Documents, cancellation: cancellation);
        // Positives are taken out of the graph, so its ranks reach that much deeper.
        var positives = set.Split.Training.Max(query => set.Relevant.Of(query).Length);
        var training = Search(set.Split.Training, graphDepth + positives);
        var deep = Search(set.Split.Validation, Math.Max(Deep, candidates));
        var test = Search(set.Split.Test, candidates);
        return new SparseCandidates(
            [.. training.Select(found => found.Rows)],
            [.. deep.Select(found => found.Rows[..Math.Min(candidates, found.Rows.Length)])],
            [.. test.Select(found => found.Rows)],
            [.. deep.Select(found => found.Scores[..Math.Min(candidates, found.Scores.Length)])],
            [.. test.Select(found => found.Scores)],
            [.. deep.Select(found => found.Rows)]);

        ScoredRows[] Search(int[] queries, int depth) =>
            index.Search(set.Queries.Gather(queries), Math.Min(depth, set.Documents.Rows), cancellation: cancellation);
    }
}
