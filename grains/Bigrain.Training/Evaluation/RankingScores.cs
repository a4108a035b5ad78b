namespace Bigrain.Training.Evaluation;

/// <summary>The measures of one row of a table, query by query.</summary>
/// <param name="ReciprocalRank">MRR@10 of each query.</param>
/// <param name="Recall10">R@10 of each query.</param>
/// <param name="Recall50">R@50 of each query.</param>
/// <param name="Recall100">R@100 of each query.</param>
/// <param name="RecallCandidates">R@N of each query, N as given to <see cref="Of"/>.</param>
public sealed record RankingScores(
    double[] ReciprocalRank, double[] Recall10, double[] Recall50, double[] Recall100, double[] RecallCandidates)
{
    /// <summary>Number of queries.</summary>
    public int Count => ReciprocalRank.Length;

    /// <summary>Measures rankings.</summary>
    /// <param name="rankings">One ranking for each query.</param>
    /// <param name="relevant">Relevant document rows of the same queries.</param>
    /// <param name="candidates">N of R@N.</param>
    public static RankingScores Of(int[][] rankings, int[][] relevant, int candidates) => new(
        RankingMetrics.ReciprocalRank(rankings, relevant, 10),
        RankingMetrics.Recall(rankings, relevant, 10),
        RankingMetrics.Recall(rankings, relevant, 50),
        RankingMetrics.Recall(rankings, relevant, 100),
        RankingMetrics.Recall(rankings, relevant, candidates));

    /// <summary>The mean of several runs, query by query.</summary>
    /// <param name="runs">Measures of the same queries; at least one.</param>
    /// <exception cref="ArgumentException">No run, or runs over different numbers of queries.</exception>
    public static RankingScores MeanOf(IReadOnlyList<RankingScores> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0 || runs.Any(run => run.Count != runs[0].Count))
        {
            throw new ArgumentException("runs over the same queries are needed, and at least one");
        }

        return new RankingScores(
            Mean(runs, run => run.ReciprocalRank),
            Mean(runs, run => run.Recall10),
            Mean(runs, run => run.Recall50),
            Mean(runs, run => run.Recall100),
            Mean(runs, run => run.RecallCandidates));
    }

    private static double[] Mean(IReadOnlyList<RankingScores> runs, Func<RankingScores, double[]> measure)
    {
        var mean = new double[runs[0].Count];
        for (var query = 0; query < mean.Length; query++)
        {
            mean[query] = runs.Sum(run => measure(run)[query]) / runs.Count;
        }

        return mean;
    }
}
