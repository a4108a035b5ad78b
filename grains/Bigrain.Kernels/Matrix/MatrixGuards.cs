namespace Bigrain.Kernels.Matrix;

/// <summary>Shape checks at the public edge of the matrix blocks.</summary>
internal static class MatrixGuards
{
    public static void Shape(int length, int rows, int columns)
    {
        if (length != (long)rows * columns)
        {
            throw new ArgumentException($"{length} elements are not {rows} rows of {columns}");
        }
    }

    public static int RowCount(int length, int dimension)
    {
        var (rows, rest) = Math.DivRem(length, dimension);
        return rest == 0 ? rows : throw new ArgumentException($"{length} elements are not whole rows of dimension {dimension}");
    }
}
