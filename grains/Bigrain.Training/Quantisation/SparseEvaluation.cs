namespace Bigrain.Training.Quantisation;

/// <summary>One evaluation on the validation queries, over the whole corpus.</summary>
/// <param name="Epoch">Epochs that were trained by then; 0 is the start.</param>
/// <param name="Step">Steps that were taken by then.</param>
/// <param name="TrainingLoss">Mean loss of the steps since the last evaluation; 0 at the start.</param>
/// <param name="Score">What the best step is chosen by: recall at the depth of the settings.</param>
/// <param name="Recall10">Share of the relevant documents among the first 10.</param>
/// <param name="Recall100">Share of the relevant documents among the first 100.</param>
/// <param name="CandidateRecall">Share of the relevant documents among the candidates.</param>
/// <param name="ReciprocalRank10">Mean reciprocal rank of the first relevant document within the first 10.</param>
/// <param name="SquaredError">Mean squared distance of a document from what its code stands for.</param>
/// <param name="UsedWords">Smallest number of words in use in any subspace.</param>
/// <param name="Probes">Recall by the number of coarse lists looked into; empty without coarse centroids.</param>
public sealed record SparseEvaluation(
    int Epoch,
    int Step,
    double TrainingLoss,
    double Score,
    double Recall10,
    double Recall100,
    double CandidateRecall,
    double ReciprocalRank10,
    double SquaredError,
    int UsedWords,
    IReadOnlyList<ProbeRecall> Probes);
