using System.Numerics;
using Bigrain.Index.Schema;

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
        metric == Metric.L2 ? SquaredL2(x, y) : -Dot(x, y);

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

    internal static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sum = Vector<float>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += new Vector<float>(x[i..]) * new Vector<float>(y[i..]);
        }

        float total = Vector.Sum(sum);
        for (; i < x.Length; i++)
        {
            total += x[i] * y[i];
        }

        return total;
    }

    internal static float SquaredL2(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sum = Vector<float>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> difference = new Vector<float>(x[i..]) - new Vector<float>(y[i..]);
            sum += difference * difference;
        }

        float total = Vector.Sum(sum);
        for (; i < x.Length; i++)
        {
            float difference = x[i] - y[i];
            total += difference * difference;
        }

        return total;
    }
}
