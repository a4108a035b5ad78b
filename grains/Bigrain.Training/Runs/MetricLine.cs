using Bigrain.Training.Dense;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Runs;

/// <summary>One line of <c>metrics.jsonl</c>: an evaluation on the validation queries.</summary>
/// <param name="Stage"><c>sparse</c> or <c>dense</c>.</param>
/// <param name="Epoch">Epochs trained; 0 is the start.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="Loss">Mean training loss since the last evaluation; 0 at the start.</param>
/// <param name="ReciprocalRank">MRR@10.</param>
/// <param name="Recall10">R@10.</param>
/// <param name="Recall100">R@100; of the sparse stage alone.</param>
/// <param name="CandidateRecall">Recall among the candidates; of the sparse stage alone.</param>
/// <param name="SquaredError">Mean squared error of the codes; of the sparse stage alone.</param>
/// <param name="Seconds">Seconds since the stage began in this process: the one number that differs from run to run.</param>
public sealed record MetricLine(
    string Stage,
    int Epoch,
    int Step,
    double Loss,
    double ReciprocalRank,
    double Recall10,
    double? Recall100,
    double? CandidateRecall,
    double? SquaredError,
    double Seconds)
{
    /// <summary>The line of an evaluation of stage S.</summary>
    public static MetricLine Of(SparseEvaluation evaluation, double seconds)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return new MetricLine(
            "sparse",
            evaluation.Epoch,
            evaluation.Step,
            evaluation.TrainingLoss,
            evaluation.ReciprocalRank10,
            evaluation.Recall10,
            evaluation.Recall100,
            evaluation.CandidateRecall,
            evaluation.SquaredError,
            seconds);
    }

    /// <summary>The line of an evaluation of stage D.</summary>
    public static MetricLine Of(DenseEvaluation evaluation, double seconds)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return new MetricLine(
            "dense", evaluation.Epoch, evaluation.Step, evaluation.Loss, evaluation.ReciprocalRank, evaluation.Recall, null, null, null, seconds);
    }
}
