using Bigrain.Training.Evaluation;

namespace Bigrain.Training.Dense;

/// <summary>Fits the weight of the estimate in the final score, on validation queries.</summary>
/// <remarks>The weight applies to raw scores, as the cluster can serve it; a weight after standardising each query's scores
/// could not be. The released code's 0.3 must not be copied: on unit vectors it hurt every row of our first test.</remarks>
public static class LambdaFit
{
    private static readonly float[] Grid = [0, 0.1f, 0.3f, 0.5f, 1];

    /// <summary>Chooses the weight whose ranking is best; the smallest among equals, so 0 unless estimates help.</summary>
    /// <param name="candidates">Candidates of the validation queries.</param>
    /// <param name="exact">Their exact scores.</param>
    /// <param name="estimates">Their estimates.</param>
    /// <param name="relevant">Relevant document rows of the same queries.</param>
    public static float Choose(int[][] candidates, float[][] exact, float[][] estimates, int[][] relevant)
    {
        var (best, lambda) = (double.NegativeInfinity, 0f);
        foreach (var weight in Grid)
        {
            var rankings = Reranking.Order(candidates, exact, estimates, weight);
            var value = RankedQuality.Of(rankings, relevant).Value;
            if (value > best)
            {
                (best, lambda) = (value, weight);
            }
        }

        return lambda;
    }
}
