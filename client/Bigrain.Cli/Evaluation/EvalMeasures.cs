namespace Bigrain.Cli.Evaluation;

/// <summary>How good one answer is, each 0 to 1.</summary>
/// <param name="Recall">Share of the relevant documents among its first k.</param>
/// <param name="Ndcg">Normalised discounted cumulative gain of the first k.</param>
/// <param name="ReciprocalRank">1 over the rank of the first relevant hit among the first ten; null where ranks mean nothing.</param>
internal readonly record struct EvalMeasures(double Recall, double Ndcg, double? ReciprocalRank);
