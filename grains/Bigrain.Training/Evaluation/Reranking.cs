using Bigrain.Kernels.Distances;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Evaluation;

/// <summary>Verification as the cluster does it: exact scores of the candidates, plus a share of their estimates.</summary>
public static class Reranking
{
    /// <summary>Inner products of each query with its candidates.</summary>
    /// <param name="queries">Queries as the dense side sees them, one for each candidate list.</param>
    /// <param name="candidates">Document rows of each query.</param>
    /// <param name="documents">Documents as the dense side sees them.</param>
    /// <returns>Scores in the order of the candidates.</returns>
    /// <exception cref="ArgumentException">There is not one candidate list for each query.</exception>
    public static float[][] Scores(Matrix queries, int[][] candidates, Matrix documents)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(documents);
        if (queries.Rows != candidates.Length)
        {
            throw new ArgumentException($"{queries.Rows} queries, candidates of {candidates.Length}");
        }

        var scores = new float[candidates.Length][];
        for (var query = 0; query < scores.Length; query++)
        {
            scores[query] = new float[candidates[query].Length];
            for (var i = 0; i < scores[query].Length; i++)
            {
                scores[query][i] = DotProduct.Compute(queries.Row(query), documents.Row(candidates[query][i]));
            }
        }

        return scores;
    }

    /// <summary>Orders candidates by <c>exact + lambda * estimate</c>.</summary>
    /// <param name="candidates">Document rows of each query.</param>
    /// <param name="exact">Exact scores in the same order.</param>
    /// <param name="estimates">Estimates in the same order; null when <paramref name="lambda"/> is 0.</param>
    /// <param name="lambda">Weight of the estimate.</param>
    /// <returns>Document rows, best first; equal scores by row.</returns>
    /// <exception cref="ArgumentException">A weight without estimates.</exception>
    public static int[][] Order(int[][] candidates, float[][] exact, float[][]? estimates = null, float lambda = 0)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(exact);
        if (lambda != 0 && estimates is null)
        {
            throw new ArgumentException("a weight of estimates needs estimates", nameof(lambda));
        }

        var rankings = new int[candidates.Length][];
        for (var query = 0; query < rankings.Length; query++)
        {
            var keys = new (float Negated, int Document)[candidates[query].Length];
            for (var i = 0; i < keys.Length; i++)
            {
                var score = exact[query][i] + (lambda == 0 ? 0 : lambda * estimates![query][i]);
                keys[i] = (-score, candidates[query][i]);
            }

            Array.Sort(keys);
            rankings[query] = [.. keys.Select(key => key.Document)];
        }

        return rankings;
    }
}
