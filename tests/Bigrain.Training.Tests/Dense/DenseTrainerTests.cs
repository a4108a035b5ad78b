using Bigrain.Training.Data;
using Bigrain.Training.Dense;

namespace Bigrain.Training.Tests.Dense;

public sealed class DenseTrainerTests
{
    private static readonly DenseOptions Small = new() { BatchSize = 16, Epochs = 6, LearningRate = 5e-3f, Patience = 6 };

    [Fact]
    public void Heads_learn_to_undo_a_misaligned_metric()
    {
        var set = MisalignedWorld.Make();

        var result = Trainer(set, Small).Run(cancellation: TestContext.Current.CancellationToken);

        TestContext.Current.SendDiagnosticMessage(string.Join("; ", result.History));
        Assert.True(
            result.Best.ReciprocalRank > result.History[0].ReciprocalRank + 0.1,
            $"from {result.History[0]} to {result.Best}");
    }

    [Fact]
    public void A_query_head_alone_leaves_documents_as_they_are()
    {
        var set = MisalignedWorld.Make();

        var result = Trainer(set, Small with { DocumentHead = false }).Run(cancellation: TestContext.Current.CancellationToken);

        Assert.Null(result.Heads.Document);
        Assert.Same(set.Documents, result.Heads.OfDocuments(set.Documents));
        Assert.True(result.Best.ReciprocalRank > result.History[0].ReciprocalRank);
    }

    [Fact]
    public void Training_that_harms_ships_the_heads_it_began_with()
    {
        // Labels of the training queries lie: the farthest documents are called relevant.
        var set = MisalignedWorld.Make(misalignment: 0);
        int[][] relevant = [.. Enumerable.Range(0, set.Relevant.QueryCount).Select(query => set.Relevant.Of(query).ToArray())];
        var far = MisalignedWorld.Candidates(set, set.Split.Training, set.Documents.Rows);
        for (var i = 0; i < set.Split.Training.Length; i++)
        {
            relevant[set.Split.Training[i]] = [far[i][^1]];
        }

        set = set with { Relevant = new Judgements(relevant) };

        var result = Trainer(set, Small).Run(cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(0, result.Best.Step);
        Assert.All(result.Heads.Query.Weights.Values, value => Assert.Equal(0, value));
        Assert.All(result.Heads.Document!.Weights.Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_run_that_goes_on_from_a_state_equals_one_that_never_stopped_to_the_bit()
    {
        var set = MisalignedWorld.Make();
        var whole = Trainer(set, Small).Run(cancellation: TestContext.Current.CancellationToken);
        var first = Trainer(set, Small);
        first.Advance(TestContext.Current.CancellationToken);
        first.Advance(TestContext.Current.CancellationToken);

        var resumed = Trainer(set, Small, first.Capture()).Run(cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(whole.History, resumed.History);
        Assert.Equal(whole.Heads.Query.Weights.Values, resumed.Heads.Query.Weights.Values);
        Assert.Equal(whole.Heads.Document!.Weights.Values, resumed.Heads.Document!.Weights.Values);
        Assert.Equal(whole.Negatives, resumed.Negatives);
        Assert.Equal(whole.Density, resumed.Density);
    }

    [Fact]
    public void Training_ends_when_patience_does()
    {
        var set = MisalignedWorld.Make();

        // A rate too small to move any ranking: nothing improves on step 0.
        var result = Trainer(set, Small with { Epochs = 50, Patience = 2, LearningRate = 1e-8f })
            .Run(cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(3, result.History.Count);
    }

    [Fact]
    public void Every_sampling_scores_the_same_number_of_negatives_in_the_same_number_of_steps()
    {
        var set = MisalignedWorld.Make();
        foreach (var sampling in Enum.GetValues<DenseSampling>())
        {
            var result = Trainer(set, Small with { Sampling = sampling, Epochs = 2 })
                .Run(cancellation: TestContext.Current.CancellationToken);

            // 2 B - 1, less what is masked or is in a batch twice.
            Assert.InRange(result.Negatives, (2 * Small.BatchSize) - 4, (2 * Small.BatchSize) - 1);
            Assert.Equal(2 * 15, result.History[^1].Step);
        }
    }

    private static DenseTrainer Trainer(TrainingSet set, DenseOptions options, DenseState? resume = null) => new(
        set,
        MisalignedWorld.Candidates(set, set.Split.Training),
        MisalignedWorld.Candidates(set, set.Split.Validation),
        options,
        seed: 5,
        resume);
}
