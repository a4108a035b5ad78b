using Bigrain.Training.Evaluation;

namespace Bigrain.Training.Experiments;

/// <summary>One row under one seed.</summary>
/// <param name="Seed">The seed; 0 for a row without chance.</param>
/// <param name="Scores">Measures of the test queries.</param>
/// <param name="FullCorpus">Measures of the test queries when all documents are scored, for rows with dense heads.</param>
/// <param name="Seconds">Time to train and to measure.</param>
/// <param name="Notes">Facts for the report: best step, validation, negatives scored, density.</param>
public sealed record ExperimentRun(
    ulong Seed,
    RankingScores Scores,
    RankingScores? FullCorpus,
    double Seconds,
    IReadOnlyDictionary<string, double> Notes);
