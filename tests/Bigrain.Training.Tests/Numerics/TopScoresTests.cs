using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Numerics;

public sealed class TopScoresTests
{
    [Theory]
    [InlineData(1, 500)]
    [InlineData(40, 500)]
    [InlineData(200, 1000)]
    [InlineData(300, 100)]
    public void The_best_rows_are_those_of_a_full_sort_with_ties_by_row(int wanted, int count)
    {
        var random = new SeededRandom(21);
        var scores = Enumerable.Range(0, count).Select(_ => (float)(random.Next(60) - 30) / 7).ToArray();
        var expected = Enumerable.Range(0, count).OrderByDescending(row => scores[row]).ThenBy(row => row).Take(wanted).ToArray();
        var top = new TopScores(wanted);
        for (var pass = 0; pass < 2; pass++)
        {
            top.AddRange(scores.AsSpan(0, 70), 0);
            top.AddRange(scores.AsSpan(70), 70);
            var found = top.Take();
            Assert.Equal(expected, found.Rows);
            Assert.Equal(expected.Select(row => scores[row]), found.Scores);
        }
    }

    [Fact]
    public void What_is_not_a_number_is_never_kept()
    {
        var top = new TopScores(3);
        top.AddRange([float.NaN, 1, float.NegativeInfinity, float.NaN], 0);
        Assert.Equal([1, 2], top.Take().Rows);
    }
}
