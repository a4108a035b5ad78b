namespace Bigrain.Kernels.Distances;

/// <summary>Length of a vector.</summary>
public static class Norm
{
    /// <summary>Sum of the squares of a vector's elements.</summary>
    /// <param name="x">Vector; shape <c>[d]</c>.</param>
    /// <returns>Squared length; 0 when <c>d == 0</c>, NaN if an element is NaN.</returns>
    public static float Squared(ReadOnlySpan<float> x) => DotProduct.Compute(x, x);

    /// <summary>Euclidean length of a vector.</summary>
    /// <param name="x">Vector; shape <c>[d]</c>.</param>
    /// <returns>Length; 0 when <c>d == 0</c>, NaN if an element is NaN.</returns>
    public static float Euclidean(ReadOnlySpan<float> x) => MathF.Sqrt(DotProduct.Compute(x, x));

    /// <summary>Scales a vector to length 1; a zero vector stays zero.</summary>
    /// <param name="source">Vector; shape <c>[d]</c>.</param>
    /// <param name="destination">Receives d elements; may be <paramref name="source"/> itself.</param>
    /// <returns>The length before.</returns>
    /// <exception cref="ArgumentException">The two differ in length.</exception>
    /// <remarks>Lengths whose square leaves the range of a float are computed in double precision.</remarks>
    public static float Normalize(ReadOnlySpan<float> source, Span<float> destination)
    {
        DistanceGuards.SameLength(source.Length, destination.Length);
        var squared = DotProduct.Compute(source, source);
        var length = squared is > 1e-30f and < 1e30f ? Math.Sqrt(squared) : PreciseLength(source);
        var factor = length == 0 ? 0 : 1 / length;
        for (var i = 0; i < source.Length; i++)
        {
            destination[i] = (float)(source[i] * factor);
        }

        return (float)length;
    }

    private static double PreciseLength(ReadOnlySpan<float> source)
    {
        double sum = 0;
        foreach (var element in source)
        {
            sum += (double)element * element;
        }

        return Math.Sqrt(sum);
    }
}
