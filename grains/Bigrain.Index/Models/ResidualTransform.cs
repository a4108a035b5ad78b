using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Matrix;

namespace Bigrain.Index.Models;

/// <summary>A linear head as it is served: x + x W, normalised before and after under cosine.</summary>
/// <remarks>Immutable, any number of threads. A call costs d² products.</remarks>
/// <param name="matrix">W, row by row; shape <c>[d, d]</c>.</param>
/// <param name="dimension">Dimension d.</param>
/// <param name="metric">How vectors compare.</param>
public sealed class ResidualTransform(float[] matrix, int dimension, Metric metric)
{
    /// <summary>Bytes of the matrix.</summary>
    public long MemoryBytes => (long)matrix.Length * sizeof(float);

    /// <summary>Applies it.</summary>
    /// <param name="vector">Shape <c>[d]</c>.</param>
    /// <param name="result">Receives <c>[d]</c>; must not overlap <paramref name="vector"/>.</param>
    public void Apply(ReadOnlySpan<float> vector, Span<float> result)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(vector.Length, dimension, nameof(vector));
        result = result[..dimension];
        if (metric == Metric.Cosine)
        {
            Span<float> unit = dimension <= 2_048 ? stackalloc float[dimension] : new float[dimension];
            vector.CopyTo(unit);
            RankDistance.Normalise(unit);
            unit.CopyTo(result);
            RowProduct.AddTo(unit, matrix, result);
            RankDistance.Normalise(result);
            return;
        }

        vector.CopyTo(result);
        RowProduct.AddTo(vector, matrix, result);
    }
}
