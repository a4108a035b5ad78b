using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Evaluation;

public sealed class BestScoresTests
{
    [Fact]
    public void Equal_scores_are_ordered_by_place_also_at_the_cut()
    {
        float[] scores = [1, 3, 2, 3, 2, 2, float.NaN];

        Assert.Equal([1, 3, 2, 4], new BestScores().Of(scores, 4));
        Assert.Equal([1, 3, 2, 4, 5, 0, 6], new BestScores().Of(scores, 100));
        Assert.Empty(new BestScores().Of(scores, 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(2_999)]
    public void The_best_are_those_of_a_full_sort(int count)
    {
        var random = new SeededRandom(5);
        float[] scores = [.. Enumerable.Range(0, 3_000).Select(_ => random.Next(400) / 8f)];
        int[] expected = [.. Enumerable.Range(0, 3_000).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(count)];

        Assert.Equal(expected, new BestScores().Of(scores, count));
    }

    [Fact]
    public void The_search_over_all_documents_equals_a_sort_of_every_inner_product()
    {
        // Small whole numbers: products are exact, whatever the order of summation, and ties are many.
        var random = new SeededRandom(6);
        var documents = Whole(random, 500, 12);
        var queries = Whole(random, 37, 12);

        var found = ExactSearch.Search(queries, documents, 40, TestContext.Current.CancellationToken);

        for (var query = 0; query < queries.Rows; query++)
        {
            int[] expected =
            [
                .. Enumerable.Range(0, documents.Rows)
                    .OrderByDescending(row => Dot(queries.Row(query), documents.Row(row))).ThenBy(row => row).Take(40),
            ];
            Assert.Equal(expected, found[query]);
        }
    }

    private static Matrix Whole(SeededRandom random, int rows, int columns)
    {
        var matrix = new Matrix(rows, columns);
        for (var i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = random.Next(7) - 3;
        }

        return matrix;
    }

    private static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sum = 0f;
        for (var i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }
}
