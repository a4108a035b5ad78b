using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Evaluation;

public sealed class RerankingTests
{
    [Fact]
    public void All_documents_as_candidates_without_a_weight_of_estimates_is_brute_force()
    {
        // Small whole numbers make products exact, so that ties are ties on both sides.
        var random = new SeededRandom(17);
        var documents = Whole(random, 300);
        var queries = Whole(random, 25);
        int[][] everything = [.. Enumerable.Range(0, queries.Rows).Select(_ =>
        {
            int[] rows = [.. Enumerable.Range(0, documents.Rows)];
            random.Shuffle(rows.AsSpan());
            return rows;
        })];

        var reranked = Reranking.Order(everything, Reranking.Scores(queries, everything, documents));

        Assert.Equal(
            ExactSearch.Search(queries, documents, documents.Rows, TestContext.Current.CancellationToken), reranked);
    }

    [Fact]
    public void The_estimate_counts_with_its_weight()
    {
        int[][] candidates = [[4, 7, 9]];
        float[][] exact = [[1f, 0.9f, 0.5f]];
        float[][] estimates = [[0f, 0.5f, 1f]];

        Assert.Equal([4, 7, 9], Reranking.Order(candidates, exact)[0]);
        Assert.Equal([7, 4, 9], Reranking.Order(candidates, exact, estimates, 0.3f)[0]);
        Assert.Equal([9, 7, 4], Reranking.Order(candidates, exact, estimates, 2)[0]);
        Assert.Throws<ArgumentException>(() => Reranking.Order(candidates, exact, null, 1));
    }

    [Fact]
    public void The_smallest_number_of_candidates_that_keeps_the_recall_is_chosen()
    {
        // The relevant document of query i stands at rank i / 2: all are found at 200, 98 % of them at 196.
        int[][] rankings = [.. Enumerable.Range(0, 400).Select(_ => Enumerable.Range(0, 1_000).ToArray())];
        int[][] relevant = [.. Enumerable.Range(0, 400).Select(query => new[] { query / 2 })];

        Assert.Equal(200, CandidateCount.Choose(rankings, relevant));
        Assert.Equal(100, CandidateCount.Choose(rankings, relevant, share: 0.5));
        Assert.Equal(5, CandidateCount.Choose([[1, 2, 3, 4, 5]], [[5]]));
    }

    private static Matrix Whole(SeededRandom random, int rows)
    {
        var matrix = new Matrix(rows, 10);
        for (var i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = random.Next(5) - 2;
        }

        return matrix;
    }
}
