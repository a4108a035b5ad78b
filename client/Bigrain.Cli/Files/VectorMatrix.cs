using System.Runtime.InteropServices;
using Bigrain.Index.Errors;

namespace Bigrain.Cli.Files;

/// <summary>Vectors of one dimension in memory, row after row.</summary>
/// <param name="Values">All elements.</param>
/// <param name="Dimension">Elements of a row.</param>
internal sealed record VectorMatrix(float[] Values, int Dimension)
{
    /// <summary>Rows.</summary>
    public int RowCount => Values.Length / Dimension;

    /// <summary>One row.</summary>
    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * Dimension, Dimension);

    /// <summary>Loads the rows of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="window">Which rows.</param>
    /// <exception cref="BigrainException">The file is damaged, empty in this window, too large for memory, or its rows differ in dimension.</exception>
    public static VectorMatrix Load(string path, RowWindow window)
    {
        using RowSequence rows = new([path], window);
        List<float> values = [];
        int dimension = 0;
        while (rows.Read() is { } row)
        {
            if (dimension == 0)
            {
                dimension = row.Dimension;
                values.EnsureCapacity((int)Math.Min(Array.MaxLength / 2, (rows.RowCount ?? 1024) * dimension));
            }

            if (row.Dimension != dimension)
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument, $"{path}: row {row.Number} has {row.Dimension} elements, the rows before it have {dimension}", FileFault.Field);
            }

            if (values.Count > Array.MaxLength - dimension)
            {
                throw new BigrainException(ErrorCode.InvalidArgument, $"{path}: holds more than fits in memory; read a part of it with --take", FileFault.Field);
            }

            values.AddRange(MemoryMarshal.Cast<byte, float>(row.Vector.AsSpan()));
        }

        return dimension > 0
            ? new VectorMatrix([.. values], dimension)
            : throw new BigrainException(ErrorCode.InvalidArgument, $"{path}: has no row from {window.Skip} on", FileFault.Field);
    }
}
