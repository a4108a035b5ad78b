using Bigrain.Training.Locality;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Locality;

public sealed class SamplerTests
{
    private const int BatchSize = 32;

    public static TheoryData<string> All => [.. Samplers(GraphWorld.Graph()).Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void Each_query_comes_once_an_epoch(string name)
    {
        var batches = Samplers(GraphWorld.Graph())[name].Epoch(new SeededRandom(3));

        int[] visited = [.. batches.SelectMany(batch => batch.Queries).Order()];
        Assert.Equal(Enumerable.Range(0, GraphWorld.Queries), visited);
        Assert.All(batches.SkipLast(1), batch => Assert.Equal(BatchSize, batch.Queries.Length));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void No_positive_of_a_query_is_among_its_own_negatives_and_its_positive_is_one(string name)
    {
        var graph = GraphWorld.Graph();
        foreach (var batch in Samplers(graph)[name].Epoch(new SeededRandom(4)))
        {
            for (var place = 0; place < batch.Queries.Length; place++)
            {
                var positives = graph.Positives(batch.Queries[place]).ToArray();
                Assert.Contains(batch.Positives[place], positives);
                Assert.Empty(batch.NegativesOf(place).ToArray().Intersect(positives));
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_same_seed_gives_the_same_batches_and_another_seed_others(string name)
    {
        var sampler = Samplers(GraphWorld.Graph())[name];

        var first = sampler.Epoch(new SeededRandom(5));
        var again = Samplers(GraphWorld.Graph())[name].Epoch(new SeededRandom(5));
        var other = sampler.Epoch(new SeededRandom(6));

        Assert.Equal(Flat(first), Flat(again));
        Assert.NotEqual(Flat(first), Flat(other));
    }

    [Fact]
    public void Snowball_batches_are_denser_than_random_walks_and_those_denser_than_random_ones()
    {
        var graph = GraphWorld.Graph();
        var samplers = Samplers(graph);
        double Density(string name) => BatchDensity.Of(samplers[name].Epoch(new SeededRandom(7)), graph);

        var (random, candidates, walk, snowball) =
            (Density("random"), Density("candidates in batch"), Density("random walk"), Density("snowball"));

        TestContext.Current.SendDiagnosticMessage(
            $"density: random {random:P1}, candidates {candidates:P1}, walk {walk:P1}, snowball {snowball:P1}");
        Assert.True(snowball > walk, $"snowball {snowball}, walk {walk}");
        Assert.True(walk > candidates, $"walk {walk}, candidates {candidates}");
        Assert.True(candidates > random, $"candidates {candidates}, random {random}");
        Assert.Equal(1, Density("candidates only"));
    }

    [Fact]
    public void More_patches_make_a_batch_less_dense()
    {
        var graph = GraphWorld.Graph();
        double Density(int patches) => BatchDensity.Of(
            new LocalitySampler(graph, BatchSize, PatchWalk.Snowball, patches).Epoch(new SeededRandom(8)), graph);

        Assert.True(Density(1) > Density(4));
        Assert.True(Density(4) > Density(BatchSize));
    }

    [Fact]
    public void Documents_are_drawn_at_random_where_candidates_do_not_suffice()
    {
        var graph = new CandidateGraph([[0, 1], [1, 0]], [[0], [1]], 10, RankWindow.Default, RankWindow.Default);
        var batch = Assert.Single(new RandomBatchSampler(graph, 2, 4, NegativeSource.Candidates, shared: false)
            .Epoch(new SeededRandom(9)));

        for (var place = 0; place < 2; place++)
        {
            var negatives = batch.NegativesOf(place).ToArray();
            Assert.Equal(4, negatives.Distinct().Count());
            Assert.Equal(1 - batch.Positives[place], negatives[0]);
            Assert.DoesNotContain(batch.Positives[place], negatives);
        }
    }

    [Fact]
    public void A_document_that_two_queries_share_is_one_column()
    {
        var batch = new TrainingBatch([0, 1], [5, 5], [7, 8], Shared: true);

        Assert.Equal([5, 7, 8], batch.DistinctDocuments());
    }

    private static Dictionary<string, IBatchSampler> Samplers(CandidateGraph graph) => new()
    {
        ["random"] = new RandomBatchSampler(graph, BatchSize, 1, NegativeSource.Anywhere, shared: true),
        ["candidates in batch"] = new RandomBatchSampler(graph, BatchSize, 1, NegativeSource.Candidates, shared: true),
        ["candidates only"] = new RandomBatchSampler(graph, BatchSize, 20, NegativeSource.Candidates, shared: false),
        ["random walk"] = new LocalitySampler(graph, BatchSize, PatchWalk.RandomWalk),
        ["snowball"] = new LocalitySampler(graph, BatchSize, PatchWalk.Snowball),
        ["snowball of four patches"] = new LocalitySampler(graph, BatchSize, PatchWalk.Snowball, 4),
    };

    private static int[] Flat(IReadOnlyList<TrainingBatch> batches) =>
        [.. batches.SelectMany(batch => batch.Queries.Concat(batch.Positives).Concat(batch.Negatives))];
}
