namespace Bigrain.Training.Evaluation;

/// <summary>What models are chosen by on the validation queries.</summary>
/// <param name="ReciprocalRank">Mean MRR@10.</param>
/// <param name="Recall">Mean R@10.</param>
public readonly record struct RankedQuality(double ReciprocalRank, double Recall)
{
    /// <summary>The mean of both: a few hundred queries make either of them alone a noisy judge.</summary>
    public double Value => (ReciprocalRank + Recall) / 2;

    /// <summary>Measures rankings.</summary>
    /// <param name="rankings">One ranking for each query.</param>
    /// <param name="relevant">Relevant document rows of the same queries.</param>
    public static RankedQuality Of(int[][] rankings, int[][] relevant) => new(
        RankingMetrics.ReciprocalRank(rankings, relevant, 10).Average(),
        RankingMetrics.Recall(rankings, relevant, 10).Average());
}
