using System.Text.Json;
using Bigrain.Training.Data;
using Bigrain.Training.Dense;
using Bigrain.Training.Experiments;
using Bigrain.Training.Quantisation;
using Bigrain.Training.Tests.Dense;

namespace Bigrain.Training.Tests.Experiments;

public sealed class ExperimentMatrixTests
{
    private static readonly ExperimentOptions Tiny = new()
    {
        Seeds = [1, 2],
        Sparse = new SparseOptions
        {
            Start = new RotationOptions { SubspaceCount = 4, Bits = 4, Rounds = 3, WordRounds = 4 },
            Epochs = 2,
            BatchSize = 32,
        },
        Dense = new DenseOptions { BatchSize = 16, Epochs = 2, LearningRate = 3e-3f },
        Candidates = 50,
        CentroidCount = 8,
        Resamples = 500,
    };

    [Fact]
    public void The_whole_matrix_runs_on_a_small_set_and_names_what_is_noise()
    {
        var set = MisalignedWorld.Make(queries: 240);

        var report = ExperimentMatrix.Run(
            set, Tiny, TimeProvider.System, TestContext.Current.SendDiagnosticMessage, TestContext.Current.CancellationToken);

        string[] expected = ["A0", "S0", "S1", "S2", "S3", "S4", "S5", "S6", "S7@1", "D0", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "A1"];
        Assert.Superset(expected.ToHashSet(), report.Rows.Select(row => row.Name).ToHashSet());
        Assert.All(report.Rows, row => Assert.Equal(row.Name == "A0" ? 1 : 2, row.Runs.Count));
        Assert.All(report.Rows, row => Assert.Equal(set.Split.Test.Length, row.Mean.Count));
        Assert.Contains(report.Comparisons, comparison => comparison is { Row: "S2", Against: "S1" });
        Assert.Contains(report.Comparisons, comparison => comparison is { Row: "D5", Against: "D3" });
        Assert.All(report.Comparisons, comparison => Assert.Equal(2, comparison.PerSeed.Count));

        // The same steps for all trained rows of a side.
        var dense = report.Rows.Where(row => row.Name is "D1" or "D2" or "D3" or "D4" or "D5" or "D6" or "D7");
        Assert.Single(dense.Select(row => row.MeanOf(RunNotes.Steps)).Distinct());

        var text = ExperimentMarkdown.Write(report);
        Assert.Contains("| S2 - S1 | R@10 |", text, StringComparison.Ordinal);
        Assert.Contains("within noise", text, StringComparison.Ordinal);

        using var json = JsonDocument.Parse(ExperimentJson.Write([report]));
        Assert.Equal(report.Rows.Count, json.RootElement[0].GetProperty("rows").GetArrayLength());
    }

    [Fact]
    public void The_core_of_the_matrix_has_the_rows_of_the_small_sets_and_two_runs_of_it_agree()
    {
        var set = MisalignedWorld.Make(queries: 240);
        var options = Tiny with { Scope = ExperimentScope.Core, Seeds = [3] };

        var first = ExperimentMatrix.Run(set, options, TimeProvider.System, cancellation: TestContext.Current.CancellationToken);
        var second = ExperimentMatrix.Run(set, options, TimeProvider.System, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(["A0", "S1", "S4", "D0", "D5", "A1", "D5+λ"], first.Rows.Select(row => row.Name));
        Assert.Equal(
            first.Rows.SelectMany(row => row.Mean.ReciprocalRank), second.Rows.SelectMany(row => row.Mean.ReciprocalRank));
        Assert.Equal(first.Comparisons.Select(one => one.Difference), second.Comparisons.Select(one => one.Difference));
    }

    [Fact]
    public void Queries_without_judgements_are_left_out_and_a_set_without_any_is_refused()
    {
        var set = MisalignedWorld.Make(queries: 240);
        int[][] relevant = [.. Enumerable.Range(0, 240).Select(query => set.Relevant.Of(query).ToArray())];
        relevant[set.Split.Test[0]] = [];
        var options = Tiny with { Scope = ExperimentScope.Core, Seeds = [3] };

        var report = ExperimentMatrix.Run(
            set with { Relevant = new Judgements(relevant) }, options, TimeProvider.System, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(set.Split.Test.Length - 1, report.TestQueries);
        Assert.Throws<ArgumentException>(() => ExperimentMatrix.Run(
            set with { Relevant = new Judgements([.. relevant.Select(_ => Array.Empty<int>())]) }, options, TimeProvider.System, cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Settings_follow_the_size_of_the_set()
    {
        var options = ExperimentOptions.For(MisalignedWorld.Make(), ExperimentScope.Core);

        Assert.Equal((16, 4), (options.Sparse.Start.SubspaceCount, options.Sparse.Start.Bits));
        Assert.False(options.Dense.DocumentHead);
        Assert.Equal(15, options.Dense.BatchSize);
    }
}
