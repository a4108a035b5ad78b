using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;

namespace Bigrain.Index.Coarse;

/// <summary>
/// The one quantity that all codecs estimate, smaller is closer: the squared distance for L2, the negated
/// inner product for dot, the negated cosine for cosine.
/// </summary>
public static class RankDistance
{
    /// <summary>Computes it exactly.</summary>
    /// <param name="metric">How vectors compare.</param>
    /// <param name="x">Shape <c>[d]</c>; normalised under cosine.</param>
    /// <param name="y">Shape <c>[d]</c>; normalised under cosine.</param>
    public static float Compute(Metric metric, ReadOnlySpan<float> x, ReadOnlySpan<float> y) =>
        metric == Metric.L2 ? SquaredL2.Compute(x, y) : -DotProduct.Compute(x, y);

    /// <summary>Divides a vector by its length; a zero vector stays.</summary>
    /// <param name="vector">Shape <c>[d]</c>.</param>
    public static void Normalise(Span<float> vector)
    {
        double sum = 0;
        foreach (float value in vector)
        {
            sum += (double)value * value;
        }

        if (sum == 0)
        {
            return;
        }

        float factor = (float)(1 / Math.Sqrt(sum));
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] *= factor;
        }
    }
}
