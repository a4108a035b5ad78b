namespace Bigrain.Training.Quantisation;

/// <summary>How far training is.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="TotalSteps">Steps of the whole run, if it does not stop early.</param>
/// <param name="Loss">Loss of the last step.</param>
public readonly record struct SparseProgress(int Step, int TotalSteps, double Loss);
