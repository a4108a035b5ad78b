namespace Bigrain.Training.Quantisation;

/// <summary>Recall when only some coarse lists are looked into.</summary>
/// <param name="Probes">Coarse lists looked into for each query; 0 for all.</param>
/// <param name="Recall10">Share of the relevant documents among the first 10.</param>
/// <param name="Recall100">Share of the relevant documents among the first 100.</param>
public sealed record ProbeRecall(int Probes, double Recall10, double Recall100);
