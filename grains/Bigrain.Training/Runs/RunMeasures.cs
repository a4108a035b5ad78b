namespace Bigrain.Training.Runs;

/// <summary>How well one way of answering ranks, mean over the queries.</summary>
/// <param name="ReciprocalRank">MRR@10.</param>
/// <param name="Recall10">R@10.</param>
/// <param name="CandidateRecall">Recall among the candidates that are verified.</param>
public sealed record RunMeasures(double ReciprocalRank, double Recall10, double CandidateRecall);
