using Bigrain.Training.Evaluation;

namespace Bigrain.Training.Experiments;

/// <summary>One row of the matrix over all seeds.</summary>
/// <param name="Name">Name of the row, such as S2.</param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Side">What it measures.</param>
/// <param name="Runs">One run for each seed.</param>
public sealed record ExperimentRow(string Name, string Title, RowSide Side, IReadOnlyList<ExperimentRun> Runs)
{
    /// <summary>Measures of the test queries, averaged over the seeds query by query.</summary>
    public RankingScores Mean => RankingScores.MeanOf([.. Runs.Select(run => run.Scores)]);

    /// <summary>The same over all documents; null for rows without it.</summary>
    public RankingScores? MeanOfFullCorpus => Runs.Any(run => run.FullCorpus is null)
        ? null
        : RankingScores.MeanOf([.. Runs.Select(run => run.FullCorpus!)]);

    /// <summary>Mean of a note over the seeds; null where no run has it.</summary>
    /// <param name="note">Name of the note.</param>
    public double? MeanOf(string note)
    {
        double[] values = [.. Runs.Where(run => run.Notes.ContainsKey(note)).Select(run => run.Notes[note])];
        return values.Length == 0 ? null : values.Average();
    }
}
