namespace Bigrain.Training.Numerics;

/// <summary>Bounds the length of a gradient, so that one odd batch cannot throw the parameters far off.</summary>
public static class GradientClipping
{
    /// <summary>Scales all parts of a gradient down to a common length, if they are longer.</summary>
    /// <param name="limit">Longest length that is left alone.</param>
    /// <param name="gradients">The parts; changed in place.</param>
    /// <returns>The length before.</returns>
    public static double Clip(double limit, params ReadOnlySpan<float[]> gradients)
    {
        double squared = 0;
        foreach (var gradient in gradients)
        {
            foreach (var value in gradient)
            {
                squared += (double)value * value;
            }
        }

        var length = Math.Sqrt(squared);
        if (length > limit)
        {
            var factor = (float)(limit / length);
            foreach (var gradient in gradients)
            {
                for (var i = 0; i < gradient.Length; i++)
                {
                    gradient[i] *= factor;
                }
            }
        }

        return length;
    }
}
