using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;

namespace Bigrain.Training.Experiments;

/// <summary>Runs the validation matrix on one set: which part of the method gains how much, and what is within noise.</summary>
/// <remarks>Rows of a side make the same number of steps, those of the dense side score the same number of negatives. Every
/// row keeps its best step by the validation queries; the test queries are measured once, after that. Dense rows train
/// and are measured on the candidates of the trained sparse index of the same seed.</remarks>
public static class ExperimentMatrix
{
    /// <summary>Runs it.</summary>
    /// <param name="set">The set; queries without a relevant document are left out.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">Clock for the seconds of the report.</param>
    /// <param name="log">Told of each row; null if nobody listens.</param>
    /// <param name="cancellation">Ends the run between steps.</param>
    public static ExperimentReport Run(
        TrainingSet set,
        ExperimentOptions options,
        TimeProvider time,
        Action<string>? log = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var judged = set with { Split = Judged(set) };
        var rows = new RowCollector();
        Unadapted(judged, options, rows, time, log, cancellation);
        var sparse = new SparseRows(judged, options, rows, time);
        var dense = new DenseRows(judged, options, rows, time);
        foreach (var seed in options.Seeds)
        {
            dense.Run(seed, sparse.Run(seed, log, cancellation), log, cancellation);
        }

        var shape = options.Sparse.Start;
        return new ExperimentReport(
            judged.Name,
            judged.Documents.Rows,
            judged.Dimension,
            judged.Split.Training.Length,
            judged.Split.Validation.Length,
            judged.Split.Test.Length,
            shape.SubspaceCount * shape.Bits / 8.0,
            options.Candidates,
            options.Seeds,
            rows.Rows,
            Compare(rows, options));
    }

    private static QuerySplit Judged(TrainingSet set)
    {
        var split = new QuerySplit(Of(set.Split.Training), Of(set.Split.Validation), Of(set.Split.Test));
        if (split.Training.Length < 2 || split.Validation.Length == 0 || split.Test.Length == 0)
        {
            throw new ArgumentException(
                $"{set.Name} has {split.Training.Length} training, {split.Validation.Length} validation and {split.Test.Length} test queries with judgements; each part needs some");
        }

        return split;

        int[] Of(int[] queries) => [.. queries.Where(query => set.Relevant.Of(query).Length > 0)];
    }

    private static void Unadapted(
        TrainingSet set, ExperimentOptions options, RowCollector rows, TimeProvider time, Action<string>? log, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var depth = Math.Min(Math.Max(100, options.Candidates), set.Documents.Rows);
        var rankings = ExactSearch.Search(set.Queries.Gather(set.Split.Test), set.Documents, depth, cancellation);
        var scores = RankingScores.Of(rankings, set.RelevantOf(set.Split.Test), options.Candidates);
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        rows.Add("A0", "exact, unadapted vectors", RowSide.Exact, new ExperimentRun(0, scores, null, seconds, new Dictionary<string, double>()));
        log?.Invoke(FormattableString.Invariant(
            $"{set.Name} A0: MRR@10 {scores.ReciprocalRank.Average():0.0000} R@10 {scores.Recall10.Average():0.0000}"));
    }

    private static List<ExperimentComparison> Compare(RowCollector rows, ExperimentOptions options)
    {
        var comparisons = new List<ExperimentComparison>();
        foreach (var (name, against, measures) in RowPlan.Comparisons)
        {
            if (rows.Find(name) is { } row && rows.Find(against) is { } other)
            {
                comparisons.AddRange(measures.Select(measure => ExperimentComparison.Of(
                    row, other, measure, options.BootstrapSeed, options.Resamples)));
            }
        }

        return comparisons;
    }
}
