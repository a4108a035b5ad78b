namespace Bigrain.Kernels.Distances;

/// <summary>Cosine of the angle between two vectors.</summary>
public static class Cosine
{
    /// <summary>Computes the cosine similarity of two vectors.</summary>
    /// <param name="x">First vector; shape <c>[d]</c>.</param>
    /// <param name="y">Second vector; shape <c>[d]</c>.</param>
    /// <returns>Similarity, -1 to 1 up to rounding (larger is closer); 0 if a vector is zero, NaN if an element is NaN.</returns>
    /// <exception cref="ArgumentException"><paramref name="x"/> and <paramref name="y"/> differ in length.</exception>
    public static float Compute(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var product = DotProduct.Compute(x, y);
        var lengths = Norm.Euclidean(x) * Norm.Euclidean(y);
        return lengths == 0 ? 0 : product / lengths;
    }
}
