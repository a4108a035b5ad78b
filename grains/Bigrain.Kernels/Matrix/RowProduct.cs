using System.Numerics;
using Bigrain.Kernels.Distances;

namespace Bigrain.Kernels.Matrix;

/// <summary>Products of one vector and a matrix stored row by row.</summary>
/// <remarks>Results agree across instruction sets to 1e-5 relative, not bit for bit.</remarks>
public static class RowProduct
{
    /// <summary>Adds <c>x M</c> to a vector.</summary>
    /// <param name="x">Row vector; shape <c>[n]</c>.</param>
    /// <param name="matrix">Shape <c>[n, m]</c>, row by row.</param>
    /// <param name="sum">Receives <c>sum + x M</c>; shape <c>[m]</c>; must not overlap the others.</param>
    public static void AddTo(ReadOnlySpan<float> x, ReadOnlySpan<float> matrix, Span<float> sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(matrix.Length, x.Length * sum.Length, nameof(matrix));
        int columns = sum.Length;
        for (int row = 0; row < x.Length; row++)
        {
            float factor = x[row];
            var factors = new Vector<float>(factor);
            ReadOnlySpan<float> values = matrix.Slice(row * columns, columns);
            int column = 0;
            for (; column <= columns - Vector<float>.Count; column += Vector<float>.Count)
            {
                Span<float> place = sum[column..];
                Vector.FusedMultiplyAdd(factors, new Vector<float>(values[column..]), new Vector<float>(place)).CopyTo(place);
            }

            for (; column < columns; column++)
            {
                sum[column] += factor * values[column];
            }
        }
    }

    /// <summary>Computes <c>M x</c>.</summary>
    /// <param name="matrix">Shape <c>[m, n]</c>, row by row.</param>
    /// <param name="x">Column vector; shape <c>[n]</c>.</param>
    /// <param name="product">Receives <c>[m]</c>; must not overlap the others.</param>
    public static void Multiply(ReadOnlySpan<float> matrix, ReadOnlySpan<float> x, Span<float> product)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(matrix.Length, x.Length * product.Length, nameof(matrix));
        DotProduct.ScanMany(x, matrix, product);
    }
}
