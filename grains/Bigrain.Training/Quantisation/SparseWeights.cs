namespace Bigrain.Training.Quantisation;

/// <summary>The numbers that stage S trains, as plain arrays.</summary>
/// <param name="Codebooks">Codebooks, word after word.</param>
/// <param name="Centroids">Coarse centroids; null for none.</param>
/// <param name="QueryHead">W of the query head; null for none.</param>
public sealed record SparseWeights(float[] Codebooks, float[]? Centroids, float[]? QueryHead);
