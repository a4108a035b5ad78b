using Bigrain.Kernels.Matrix;

namespace Bigrain.Training.Numerics;

/// <summary>Products of matrices.</summary>
/// <remarks>Each element is one chain of sums in the order of the inner dimension, so results depend neither on the number of
/// threads nor on what else is multiplied. Costs two operations for each triple of rows, columns and inner dimension.</remarks>
public static class MatrixProduct
{
    /// <summary>Rows of the left matrix that one thread takes at a time; a multiple of every tile height.</summary>
    private const int ChunkRows = 96;

    /// <summary>Threads that are used unless the caller says otherwise; results do not depend on it.</summary>
    public const int DefaultThreads = 2;

    /// <summary>A B.</summary>
    /// <param name="a">Left; shape <c>[n, p]</c>.</param>
    /// <param name="b">Right; shape <c>[p, m]</c>.</param>
    /// <param name="threads">Threads to use.</param>
    /// <returns>Shape <c>[n, m]</c>.</returns>
    public static Matrix Multiply(Matrix a, Matrix b, int threads = DefaultThreads)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentOutOfRangeException.ThrowIfNotEqual(a.Columns, b.Rows);
        return MultiplyTransposed(a, b.Transpose(), threads);
    }

    /// <summary>A Bt: the inner products of the rows of both.</summary>
    /// <param name="a">Left; shape <c>[n, p]</c>.</param>
    /// <param name="b">Right; shape <c>[m, p]</c>.</param>
    /// <param name="threads">Threads to use.</param>
    /// <returns>Shape <c>[n, m]</c>.</returns>
    public static Matrix MultiplyTransposed(Matrix a, Matrix b, int threads = DefaultThreads)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentOutOfRangeException.ThrowIfNotEqual(a.Columns, b.Columns);
        var product = new Matrix(a.Rows, Math.Max(1, b.Rows));
        using var packed = new PackedMatrix(b.Values, b.Rows, b.Columns);
        FixedChunks.Run(a.Rows, ChunkRows, threads, (first, count) =>
            packed.InnerProducts(a.RowRange(first, count), product.RowRange(first, count)));
        return product;
    }

    /// <summary>At B.</summary>
    /// <param name="a">Left; shape <c>[p, n]</c>.</param>
    /// <param name="b">Right; shape <c>[p, m]</c>.</param>
    /// <param name="threads">Threads to use.</param>
    /// <returns>Shape <c>[n, m]</c>.</returns>
    public static Matrix TransposedMultiply(Matrix a, Matrix b, int threads = DefaultThreads)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentOutOfRangeException.ThrowIfNotEqual(a.Rows, b.Rows);
        return MultiplyTransposed(a.Transpose(), b.Transpose(), threads);
    }
}
