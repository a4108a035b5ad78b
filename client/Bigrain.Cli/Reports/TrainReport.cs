using Bigrain.Training.Evaluation;
using Bigrain.Training.Runs;

namespace Bigrain.Cli.Reports;

/// <summary>What a training came to.</summary>
/// <param name="Run">Folder of the run.</param>
/// <param name="Model">The model file.</param>
/// <param name="ModelHash">Its hash, by which generations and queries name it.</param>
/// <param name="Encoder">File of the text encoder; null for vectors from elsewhere.</param>
/// <param name="Documents">Documents learned from.</param>
/// <param name="TrainingQueries">Queries learned from.</param>
/// <param name="MeasuredOn">Which queries the figures are of: <c>test</c> or <c>validation</c>.</param>
/// <param name="MeasuredQueries">How many.</param>
/// <param name="BytesPerDocument">Bytes of a code.</param>
/// <param name="Candidates">Candidates to verify.</param>
/// <param name="Lambda">Weight of the estimate in the final score.</param>
/// <param name="Before">Codes of step 0, verified by vectors as they are.</param>
/// <param name="After">The trained model.</param>
/// <param name="Exact">Every document scored by its vector as it is.</param>
/// <param name="ReciprocalRankGain">MRR@10 after against before, with its 95 % interval.</param>
/// <param name="Recall10Gain">R@10 after against before, with its 95 % interval.</param>
/// <param name="Seconds">How long it took, this time.</param>
internal sealed record TrainReport(
    string Run,
    string Model,
    string ModelHash,
    string? Encoder,
    int Documents,
    int TrainingQueries,
    string MeasuredOn,
    int MeasuredQueries,
    double BytesPerDocument,
    int Candidates,
    float Lambda,
    RunMeasures Before,
    RunMeasures After,
    RunMeasures Exact,
    PairedDifference ReciprocalRankGain,
    PairedDifference Recall10Gain,
    double Seconds);
