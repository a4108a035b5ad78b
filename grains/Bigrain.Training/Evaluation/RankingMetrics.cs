namespace Bigrain.Training.Evaluation;

/// <summary>How good rankings are, query by query, so that two of them can be compared on the same queries.</summary>
/// <remarks>A ranking is a list of document rows, best first; shorter than k means that nothing more was found.
/// Every query counts, also one for which nothing was found; a query without a relevant document has no measure
/// and is refused.</remarks>
public static class RankingMetrics
{
    /// <summary>Share of the relevant documents among the first k.</summary>
    /// <param name="rankings">One ranking for each query.</param>
    /// <param name="relevant">Relevant document rows of the same queries.</param>
    /// <param name="k">Depth, at least 1.</param>
    /// <returns>A share of [0, 1] for each query.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a query has no relevant document.</exception>
    public static double[] Recall(int[][] rankings, int[][] relevant, int k)
    {
        Guard(rankings, relevant, k);
        var shares = new double[rankings.Length];
        for (var query = 0; query < shares.Length; query++)
        {
            var wanted = new HashSet<int>(relevant[query]);
            var ranking = rankings[query];
            var found = 0;
            for (var rank = 0; rank < Math.Min(k, ranking.Length); rank++)
            {
                found += wanted.Contains(ranking[rank]) ? 1 : 0;
            }

            shares[query] = (double)found / wanted.Count;
        }

        return shares;
    }

    /// <summary>One over the rank of the first relevant document, 0 when it is not among the first k.</summary>
    /// <param name="rankings">One ranking for each query.</param>
    /// <param name="relevant">Relevant document rows of the same queries.</param>
    /// <param name="k">Depth, at least 1.</param>
    /// <returns>A value of [0, 1] for each query.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a query has no relevant document.</exception>
    public static double[] ReciprocalRank(int[][] rankings, int[][] relevant, int k)
    {
        Guard(rankings, relevant, k);
        var values = new double[rankings.Length];
        for (var query = 0; query < values.Length; query++)
        {
            var wanted = new HashSet<int>(relevant[query]);
            var first = Array.FindIndex(
                rankings[query], 0, Math.Min(k, rankings[query].Length), wanted.Contains);
            values[query] = first < 0 ? 0 : 1.0 / (first + 1);
        }

        return values;
    }

    private static void Guard(int[][] rankings, int[][] relevant, int k)
    {
        ArgumentNullException.ThrowIfNull(rankings);
        ArgumentNullException.ThrowIfNull(relevant);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (rankings.Length != relevant.Length)
        {
            throw new ArgumentException($"{rankings.Length} rankings against judgements of {relevant.Length} queries");
        }

        var unjudged = Array.FindIndex(relevant, documents => documents.Length == 0);
        if (unjudged >= 0)
        {
            throw new ArgumentException($"query {unjudged} has no relevant document; leave such queries out");
        }
    }
}
