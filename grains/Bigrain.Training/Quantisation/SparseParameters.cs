using Bigrain.Training.Data;
using Bigrain.Training.Heads;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>What stage S trains.</summary>
/// <param name="Codebooks">Codebooks that score.</param>
/// <param name="Centroids">Coarse centroids; null for none.</param>
/// <param name="Head">Query head; null for none.</param>
internal sealed record SparseParameters(ProductCodebooks Codebooks, Matrix? Centroids, ResidualHead? Head)
{
    public static SparseParameters From(SparseWeights weights, int dimension, RotationOptions shape, RankMetric metric) => new(
        new ProductCodebooks((float[])weights.Codebooks.Clone(), dimension, shape.SubspaceCount, shape.Bits),
        weights.Centroids is null
            ? null
            : new Matrix((float[])weights.Centroids.Clone(), weights.Centroids.Length / dimension, dimension),
        weights.QueryHead is null
            ? null
            : new ResidualHead(new Matrix((float[])weights.QueryHead.Clone(), dimension, dimension), metric));

    public SparseWeights Capture() => new(
        (float[])Codebooks.Values.Clone(), (float[]?)Centroids?.Values.Clone(), (float[]?)Head?.Weights.Values.Clone());
}
