using Bigrain.Training.Dense;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Dense;

public sealed class LambdaFitTests
{
    [Fact]
    public void Estimates_that_do_not_help_get_no_weight()
    {
        var (candidates, relevant, exact, random) = World();
        float[][] noise = [.. exact.Select(scores => scores.Select(_ => (float)random.Gaussian()).ToArray())];

        Assert.Equal(0, LambdaFit.Choose(candidates, exact, noise, relevant));
    }

    [Fact]
    public void Estimates_that_know_something_get_one()
    {
        var (candidates, relevant, exact, random) = World();
        float[][] helpful =
        [
            .. candidates.Select((documents, query) => documents
                .Select(document => (float)((document == relevant[query][0] ? 2 : 0) + random.Gaussian())).ToArray()),
        ];

        Assert.NotEqual(0, LambdaFit.Choose(candidates, exact, helpful, relevant));
    }

    private static (int[][] Candidates, int[][] Relevant, float[][] Exact, SeededRandom Random) World()
    {
        var random = new SeededRandom(41);
        int[][] candidates = [.. Enumerable.Range(0, 300).Select(_ => Enumerable.Range(0, 40).ToArray())];
        int[][] relevant = [.. candidates.Select(_ => new[] { random.Next(40) })];
        float[][] exact =
        [
            .. candidates.Select((documents, query) => documents
                .Select(document => (float)((document == relevant[query][0] ? 2 : 0) + random.Gaussian())).ToArray()),
        ];
        return (candidates, relevant, exact, random);
    }
}
