namespace Bigrain.Training.Quantisation;

/// <summary>Losses of a batch and their gradient.</summary>
/// <param name="Loss">Loss on the scores of the codes, with what is distilled and reconstructed.</param>
/// <param name="CoarseLoss">Loss on the scores of the coarse centroids, unweighted; 0 without them.</param>
/// <param name="Codebooks">Gradient in the codebooks.</param>
/// <param name="Centroids">Gradient in the coarse centroids; null without them.</param>
/// <param name="Head">Gradient in the query head; null without one.</param>
internal sealed record SparseGradients(double Loss, double CoarseLoss, float[] Codebooks, float[]? Centroids, float[]? Head);
