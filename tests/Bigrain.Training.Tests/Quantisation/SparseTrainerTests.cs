using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Tests.Quantisation;

public sealed class SparseTrainerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly SparseOptions Small = new()
    {
        Start = new RotationOptions { SubspaceCount = 4, Bits = 4, Rounds = 3 },
        Epochs = 5,
        BatchSize = 64,
        CodebookRate = 0.05,
        HeadRate = 0.02,
        Patience = 10,
    };

    private static readonly TrainingSet Set = RandomSets.Misaligned(91, 1500, 1000, 24);

    [Fact]
    public void Codebooks_and_a_query_head_learn_what_queries_ask_for()
    {
        var bare = Train(Small with { QueryHead = false });
        var full = Train(Small);
        Assert.Null(bare.Model.QueryHead);
        Assert.True(bare.Best.Recall10 > bare.History[0].Recall10 + 0.02, Describe(bare));
        Assert.True(full.Best.Recall10 > bare.Best.Recall10 + 0.02, Describe(full));
        Assert.Equal(bare.History[0], full.History[0] with { Probes = bare.History[0].Probes });
    }

    [Fact]
    public void The_result_searches_as_its_best_evaluation_says()
    {
        var result = Train(Small);
        var found = new SparseIndex(result.Model, Set.Documents, cancellation: Token).Search(Set.Queries.Gather(Set.Split.Validation), 10, cancellation: Token);
        Assert.Equal(result.Best.Recall10, RankingMetrics.Recall(
            [.. found.Select(ranked => ranked.Rows)],
            [.. Set.Split.Validation.Select(query => Set.Relevant.Of(query).ToArray())],
            10).Average(), 1e-9);
    }

    [Fact]
    public void Training_that_only_harms_ships_the_start()
    {
        // Steps of this length tear the codebooks apart.
        var result = Train(Small with { CodebookRate = 1e4, HeadRate = 1e3 });
        Assert.True(result.History[^1].Score < result.History[0].Score, Describe(result));
        Assert.Same(result.History[0], result.Best);
        Assert.Same(result.Initial, result.Model);
    }

    [Fact]
    public void Training_without_epochs_is_the_start_alone()
    {
        var result = Train(Small with { Epochs = 0 });
        Assert.Equal(0, Assert.Single(result.History).Step);
        Assert.Same(result.Initial, result.Model);
    }

    [Theory]
    [InlineData(AssignmentKind.HardGather, 1, false, 0)]
    [InlineData(AssignmentKind.StraightThrough, 0.5, false, 0)]
    [InlineData(AssignmentKind.HardGather, 0, true, 0)]
    [InlineData(AssignmentKind.HardGather, 1, false, 8)]
    public void A_run_that_goes_on_from_any_evaluation_equals_one_without_a_break_to_the_bit(
        AssignmentKind assignment, double labelShare, bool frozen, int centroids)
    {
        var options = Small with
        {
            Epochs = 3,
            Assignment = assignment,
            LabelShare = labelShare,
            FrozenCodes = frozen,
            CentroidCount = centroids,
        };
        var whole = new SparseTrainer(Set, options with { Threads = 1 }, cancellation: Token);
        var broken = new SparseTrainer(Set, options with { Threads = 2 }, cancellation: Token);
        while (whole.Advance(cancellation: Token) is not null)
        {
            Assert.NotNull(broken.Advance(cancellation: Token));
            broken = SparseTrainer.Resume(Set, options, broken.Capture(), Token);
            var (expected, actual) = (whole.Capture(), broken.Capture());
            Assert.Equal(expected.Current.Codebooks, actual.Current.Codebooks);
            Assert.Equal(expected.Current.QueryHead!, actual.Current.QueryHead!);
            Assert.Equal(expected.Current.Centroids ?? [], actual.Current.Centroids ?? []);
            Assert.Equal(expected.CodebookMemory.Second, actual.CodebookMemory.Second);
            Assert.Equal(expected.Best.Codebooks, actual.Best.Codebooks);
            Assert.Equal(expected.History[^1] with { Probes = [] }, actual.History[^1] with { Probes = [] });
            Assert.Equal(expected.History[^1].Probes, actual.History[^1].Probes);
        }

        Assert.True(broken.IsDone);
        Assert.Equal(4, broken.History.Count);
    }

    [Fact]
    public void Two_runs_are_equal_to_the_bit_and_another_seed_is_not()
    {
        var options = Small with { Epochs = 2 };
        var (first, second) = (Train(options), Train(options));
        Assert.Equal(first.Model.EncodeCodebooks.Values, second.Model.EncodeCodebooks.Values);
        Assert.Equal(first.Model.Rotation.Values, second.Model.Rotation.Values);
        Assert.NotEqual(first.Model.Rotation.Values, Train(options with { Seed = 2 }).Model.Rotation.Values);
    }

    [Fact]
    public void Frozen_codes_stay_and_only_the_look_up_tables_move()
    {
        var result = Train(Small with { FrozenCodes = true });
        Assert.NotSame(result.Initial, result.Model);
        Assert.Equal(result.Initial.EncodeCodebooks.Values, result.Model.EncodeCodebooks.Values);
        Assert.NotEqual(result.Initial.EncodeCodebooks.Values, result.Model.ScoreCodebooks!.Values);
        Assert.True(result.Best.Recall10 > result.History[0].Recall10, Describe(result));
    }

    [Fact]
    public void Distillation_needs_no_judgements_to_train_on()
    {
        var relevant = Enumerable.Range(0, Set.Queries.Rows)
            .Select(query => Set.Split.Training.Contains(query) ? [] : Set.Relevant.Of(query).ToArray())
            .ToArray();
        var unlabelled = Set with { Relevant = new Judgements(relevant) };
        Assert.Throws<BigrainException>(() => new SparseTrainer(unlabelled, Small, cancellation: Token));
        var result = new SparseTrainer(unlabelled, Small with { LabelShare = 0 }, cancellation: Token).Train(
            cancellation: Token);
        Assert.True(result.History[^1].TrainingLoss < result.History[1].TrainingLoss);
        Assert.True(result.Best.Score >= result.History[0].Score);
    }

    [Fact]
    public void Coarse_centroids_are_trained_along_and_judged_by_the_lists_looked_into()
    {
        var result = Train(Small with { CentroidCount = 12 });
        Assert.Equal(12, result.Model.Centroids!.Rows);
        Assert.Equal([1, 4, 16, 0], result.Best.Probes.Select(probe => probe.Probes));
        Assert.True(result.Best.Probes[0].Recall10 <= result.Best.Probes[1].Recall10);
        Assert.Equal(result.Best.Recall10, result.Best.Probes[^1].Recall10);
        Assert.NotEqual(result.Initial.Centroids!.Values, result.Model.Centroids.Values);
        Assert.True(result.Best.Recall10 > result.History[0].Recall10, Describe(result));
    }

    [Fact]
    public void No_batch_sees_a_document_twice_or_pushes_a_relevant_one_away()
    {
        var relevant = Enumerable.Range(0, Set.Queries.Rows).Select(query => new[] { query % 7, 20 + (query % 3) }).ToArray();
        var set = Set with { Relevant = new Judgements(relevant) };
        var builder = new SparseBatchBuilder(set, Small with { NegativeCount = 3 }, [], []);
        var queries = Enumerable.Range(100, 60).ToArray();
        var batch = builder.Build(queries, new SeededRandom(5));
        Assert.Equal(batch.Documents.Distinct(), batch.Documents);
        for (var row = 0; row < queries.Length; row++)
        {
            for (var column = 0; column < batch.Documents.Length; column++)
            {
                var isRelevant = set.Relevant.Contains(queries[row], batch.Documents[column]);
                Assert.Equal(isRelevant && column != batch.Targets[row], batch.Masked[(row * batch.Documents.Length) + column]);
            }

            Assert.True(set.Relevant.Contains(queries[row], batch.Documents[batch.Targets[row]]));
        }
    }

    [Fact]
    public void Settings_out_of_range_are_refused_by_name()
    {
        var error = Assert.Throws<BigrainException>(() => new SparseTrainer(Set, Small with { LabelShare = 2 }, cancellation: Token));
        Assert.Equal(nameof(SparseOptions.LabelShare), error.Field);
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        var tooMany = Small with { Start = new RotationOptions { SubspaceCount = 64 } };
        Assert.Throws<BigrainException>(() => new SparseTrainer(Set, tooMany, cancellation: Token));
    }

    private static SparseResult Train(SparseOptions options) =>
        new SparseTrainer(Set, options, cancellation: Token)
            .Train(cancellation: Token);

    private static string Describe(SparseResult result) =>
        string.Join("; ", result.History.Select(entry =>
            $"{entry.Epoch}: loss {entry.TrainingLoss:f4}, r@10 {entry.Recall10:f4}, error {entry.SquaredError:f4}"));
}
