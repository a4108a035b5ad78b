using Bigrain.Training.Evaluation;

namespace Bigrain.Training.Tests.Evaluation;

public sealed class RankingMetricsTests
{
    [Fact]
    public void Recall_is_the_share_of_the_relevant_documents_found_so_far()
    {
        int[][] rankings = [[4, 1, 9, 2], [7, 8]];
        int[][] relevant = [[1, 2, 3], [8]];

        Assert.Equal([1.0 / 3, 1.0], RankingMetrics.Recall(rankings, relevant, 2));
        Assert.Equal([2.0 / 3, 1.0], RankingMetrics.Recall(rankings, relevant, 10));
        Assert.Equal([0.0, 0.0], RankingMetrics.Recall(rankings, relevant, 1));
    }

    [Fact]
    public void The_reciprocal_rank_is_that_of_the_first_relevant_document_or_0_beyond_k()
    {
        int[][] rankings = [[4, 1, 2], [7, 8], []];
        int[][] relevant = [[2, 1], [8], [0]];

        Assert.Equal([0.5, 0.5, 0.0], RankingMetrics.ReciprocalRank(rankings, relevant, 10));
        Assert.Equal([0.0, 0.0, 0.0], RankingMetrics.ReciprocalRank(rankings, relevant, 1));
    }

    [Fact]
    public void A_document_that_is_judged_twice_counts_once() =>
        Assert.Equal([1.0], RankingMetrics.Recall([[5]], [[5, 5]], 1));

    [Fact]
    public void Queries_without_a_relevant_document_and_lists_of_other_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => RankingMetrics.Recall([[1]], [[]], 1));
        Assert.Throws<ArgumentException>(() => RankingMetrics.ReciprocalRank([[1]], [[1], [2]], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RankingMetrics.Recall([[1]], [[1]], 0));
    }

    [Fact]
    public void The_mean_of_runs_is_taken_query_by_query()
    {
        var first = RankingScores.Of([[1], [2]], [[1], [3]], 1);
        var second = RankingScores.Of([[1], [3]], [[1], [3]], 1);

        var mean = RankingScores.MeanOf([first, second]);

        Assert.Equal([1.0, 0.5], mean.Recall10);
        Assert.Equal([1.0, 0.5], mean.ReciprocalRank);
    }
}
