using System.Globalization;
using System.Text;

namespace Bigrain.Training.Experiments;

/// <summary>Writes a report as markdown tables.</summary>
public static class ExperimentMarkdown
{
    /// <summary>Writes one report.</summary>
    /// <param name="report">The report.</param>
    public static string Write(ExperimentReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"### {report.Set}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{report.Documents:N0} documents of {report.Dimension} dimensions, codes of {report.CodeBytes:0.##} bytes; ");
        text.Append(CultureInfo.InvariantCulture, $"{report.TrainingQueries:N0} training, {report.ValidationQueries:N0} validation, {report.TestQueries:N0} test queries; ");
        text.Append(CultureInfo.InvariantCulture, $"N = {report.Candidates}; seeds {string.Join(", ", report.Seeds)}. ");
        text.Append("Means over the seeds, the standard deviation between seeds behind ±.\n\n");
        Rows(text, report);
        Comparisons(text, report);
        return text.ToString();
    }

    private static void Rows(StringBuilder text, ExperimentReport report)
    {
        text.Append("| row | what | MRR@10 | R@10 | R@50 | R@100 | R@N | full MRR@10 | full R@10 | negatives | density | steps | best step | lambda | s |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var row in report.Rows)
        {
            string[] cells =
            [
                row.Name,
                row.Title,
                Spread(row, run => run.Scores.ReciprocalRank),
                Spread(row, run => run.Scores.Recall10),
                Spread(row, run => run.Scores.Recall50),
                Spread(row, run => run.Scores.Recall100),
                Spread(row, run => run.Scores.RecallCandidates),
                row.MeanOfFullCorpus is null ? "" : Spread(row, run => run.FullCorpus!.ReciprocalRank),
                row.MeanOfFullCorpus is null ? "" : Spread(row, run => run.FullCorpus!.Recall10),
                Number(row.MeanOf(RunNotes.Negatives), "0.0"),
                Number(row.MeanOf(RunNotes.Density), "0.0 %"),
                Number(row.MeanOf(RunNotes.Steps), "0"),
                Number(row.MeanOf(RunNotes.BestStep), "0"),
                Number(row.MeanOf(RunNotes.Lambda), "0.0#"),
                Number(row.Runs.Average(run => run.Seconds), "0.0"),
            ];
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");
        }

        text.Append('\n');
    }

    private static void Comparisons(StringBuilder text, ExperimentReport report)
    {
        text.Append("| comparison | measure | difference, points | 95 % interval | p | per seed | verdict |\n");
        text.Append("|---|---|---|---|---|---|---|\n");
        foreach (var comparison in report.Comparisons)
        {
            var difference = comparison.Difference;
            string[] cells =
            [
                $"{comparison.Row} - {comparison.Against}",
                NameOf(comparison.Measure),
                Points(difference.Mean),
                $"{Points(difference.Low)} to {Points(difference.High)}",
                difference.P < 0.001 ? "< 0.001" : Number(difference.P, "0.000"),
                string.Join(" ", comparison.PerSeed.Select(Points)),
                comparison.Verdict,
            ];
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");
        }

        text.Append('\n');
    }

    private static string Spread(ExperimentRow row, Func<ExperimentRun, double[]> measure)
    {
        double[] means = [.. row.Runs.Select(run => measure(run).Average())];
        var mean = means.Average();
        if (means.Length == 1)
        {
            return Number(mean, "0.0000");
        }

        var deviation = Math.Sqrt(means.Sum(value => (value - mean) * (value - mean)) / (means.Length - 1));
        return $"{Number(mean, "0.0000")} ±{Number(deviation, "0.0000")}";
    }

    private static string Points(double share) =>
        (100 * share).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string NameOf(ComparedMeasure measure) => measure switch
    {
        ComparedMeasure.ReciprocalRank => "MRR@10",
        ComparedMeasure.Recall10 => "R@10",
        ComparedMeasure.Recall100 => "R@100",
        ComparedMeasure.RecallCandidates => "R@N",
        ComparedMeasure.FullReciprocalRank => "full MRR@10",
        ComparedMeasure.FullRecall10 => "full R@10",
        _ => throw new ArgumentOutOfRangeException(nameof(measure)),
    };
}
