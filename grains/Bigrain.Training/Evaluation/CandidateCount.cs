namespace Bigrain.Training.Evaluation;

/// <summary>How many candidates the sparse side hands to the dense side.</summary>
public static class CandidateCount
{
    private static readonly int[] Grid = [10, 20, 50, 100, 150, 200, 300, 400, 500, 700, 1_000];

    /// <summary>The smallest count that keeps nearly all of what the whole list finds.</summary>
    /// <param name="rankings">Rankings of the validation queries by the sparse side, usually 1,000 deep.</param>
    /// <param name="relevant">Relevant document rows of the same queries.</param>
    /// <param name="share">Share of the recall of the whole list that must be kept.</param>
    /// <returns>A count of a fixed grid up to 1,000, or the depth of the lists if none reaches the share.</returns>
    public static int Choose(int[][] rankings, int[][] relevant, double share = 0.98)
    {
        ArgumentNullException.ThrowIfNull(rankings);
        var depth = rankings.Length == 0 ? 0 : rankings.Max(ranking => ranking.Length);
        if (depth == 0)
        {
            throw new ArgumentException("no rankings to choose from", nameof(rankings));
        }

        var wanted = share * RankingMetrics.Recall(rankings, relevant, depth).Average();
        foreach (var count in Grid.Where(count => count < depth))
        {
            if (RankingMetrics.Recall(rankings, relevant, count).Average() >= wanted)
            {
                return count;
            }
        }

        return depth;
    }
}
