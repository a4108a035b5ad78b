namespace Bigrain.Kernels.Scan;

/// <summary>What a code says about the vector r it came from, x being the values that the code stands for.</summary>
/// <param name="Length">Length of r.</param>
/// <param name="Rescale"><c>|r|^2 / &lt;x, r&gt;</c>: times <c>&lt;x, q&gt;</c> it estimates <c>&lt;r, q&gt;</c> without bias.</param>
/// <param name="Spread">Length of r times the tangent of the angle between x and r, over sqrt(d - 1): one standard
/// deviation of that estimate for q of length 1, over random rotations.</param>
public readonly record struct CodeFactors(float Length, float Rescale, float Spread)
{
    /// <summary>Computes them.</summary>
    /// <param name="length">Length of r.</param>
    /// <param name="alignment"><c>&lt;x, r&gt;</c>.</param>
    /// <param name="squared"><c>|x|^2</c>.</param>
    /// <param name="dimension">Dimension d.</param>
    /// <returns>The factors; with a zero vector, or a code that says nothing about r, the estimate is 0.</returns>
    public static CodeFactors Of(float length, float alignment, float squared, int dimension)
    {
        if (!(length > 0))
        {
            return default;
        }

        float scale = MathF.Sqrt(Math.Max(1, dimension - 1));
        if (!(alignment > 0))
        {
            return new CodeFactors(length, 0, length);
        }

        float cosine = Math.Min(1, alignment / (length * MathF.Sqrt(squared)));
        float tangent = MathF.Sqrt(1 - (cosine * cosine)) / cosine;
        return new CodeFactors(length, length * length / alignment, length * tangent / scale);
    }
}
