using Bigrain.Training.Evaluation;

namespace Bigrain.Training.Experiments;

/// <summary>Two rows on the same test queries.</summary>
/// <param name="Row">The row that should be better.</param>
/// <param name="Against">The row it is held against.</param>
/// <param name="Measure">By which measure.</param>
/// <param name="Difference">Paired bootstrap over the queries, each query's mean over the seeds.</param>
/// <param name="PerSeed">The mean difference under each seed alone.</param>
public sealed record ExperimentComparison(
    string Row, string Against, ComparedMeasure Measure, PairedDifference Difference, IReadOnlyList<double> PerSeed)
{
    /// <summary>What may be said: better, worse, or within noise.</summary>
    public string Verdict => Difference.WithinNoise ? "within noise" : Difference.Mean > 0 ? "better" : "worse";

    /// <summary>Compares two rows.</summary>
    /// <param name="row">The row that should be better.</param>
    /// <param name="against">The row it is held against.</param>
    /// <param name="measure">By which measure.</param>
    /// <param name="seed">Seed of the bootstrap.</param>
    /// <param name="resamples">Resamples of the bootstrap.</param>
    public static ExperimentComparison Of(
        ExperimentRow row, ExperimentRow against, ComparedMeasure measure, ulong seed, int resamples)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(against);
        var difference = PairedBootstrap.Compare(MeanOf(row, measure), MeanOf(against, measure), seed, resamples);
        var perSeed = new double[Math.Max(row.Runs.Count, against.Runs.Count)];
        for (var i = 0; i < perSeed.Length; i++)
        {
            // A row without chance has one run, which stands against every seed.
            var first = row.Runs[Math.Min(i, row.Runs.Count - 1)];
            var second = against.Runs[Math.Min(i, against.Runs.Count - 1)];
            perSeed[i] = Values(first, measure).Average() - Values(second, measure).Average();
        }

        return new ExperimentComparison(row.Name, against.Name, measure, difference, perSeed);
    }

    private static double[] MeanOf(ExperimentRow row, ComparedMeasure measure)
    {
        double[][] runs = [.. row.Runs.Select(run => Values(run, measure))];
        return [.. Enumerable.Range(0, runs[0].Length).Select(query => runs.Average(run => run[query]))];
    }

    /// <summary>A row of exact search has all documents as its candidates.</summary>
    private static double[] Values(ExperimentRun run, ComparedMeasure measure) => measure switch
    {
        ComparedMeasure.ReciprocalRank => run.Scores.ReciprocalRank,
        ComparedMeasure.Recall10 => run.Scores.Recall10,
        ComparedMeasure.Recall100 => run.Scores.Recall100,
        ComparedMeasure.RecallCandidates => run.Scores.RecallCandidates,
        ComparedMeasure.FullReciprocalRank => (run.FullCorpus ?? run.Scores).ReciprocalRank,
        ComparedMeasure.FullRecall10 => (run.FullCorpus ?? run.Scores).Recall10,
        _ => throw new ArgumentOutOfRangeException(nameof(measure)),
    };
}
