namespace Bigrain.Training.Numerics;

/// <summary>A matrix of floats, row after row.</summary>
/// <remarks>Mutable and not synchronised: whoever writes into it owns it alone at that time.</remarks>
public sealed class Matrix
{
    /// <summary>Makes a matrix of zeroes.</summary>
    /// <param name="rows">Number of rows; 0 is allowed.</param>
    /// <param name="columns">Number of columns, at least 1.</param>
    public Matrix(int rows, int columns)
        : this(new float[checked(rows * columns)], rows, columns)
    {
    }

    /// <summary>Wraps an array; it is not copied.</summary>
    /// <param name="values">Elements, row after row; length <c>rows * columns</c>.</param>
    /// <param name="rows">Number of rows; 0 is allowed.</param>
    /// <param name="columns">Number of columns, at least 1.</param>
    /// <exception cref="ArgumentException"><paramref name="values"/> does not fit the shape.</exception>
    public Matrix(float[] values, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.Length != (long)rows * columns)
        {
            throw new ArgumentException($"{values.Length} elements are not {rows} rows of {columns}", nameof(values));
        }

        (Values, Rows, Columns) = (values, rows, columns);
    }

    /// <summary>All elements, row after row.</summary>
    public float[] Values { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>The identity.</summary>
    /// <param name="size">Rows and columns.</param>
    public static Matrix Identity(int size)
    {
        var identity = new Matrix(size, size);
        for (var i = 0; i < size; i++)
        {
            identity.Values[(i * size) + i] = 1;
        }

        return identity;
    }

    /// <summary>One row, to read or to write.</summary>
    /// <param name="row">Number of the row.</param>
    public Span<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>A run of rows, to read or to write.</summary>
    /// <param name="first">Number of the first row.</param>
    /// <param name="count">Number of rows.</param>
    public Span<float> RowRange(int first, int count) => Values.AsSpan(first * Columns, count * Columns);

    /// <summary>Copies the elements into a new matrix.</summary>
    public Matrix Copy() => new((float[])Values.Clone(), Rows, Columns);

    /// <summary>Copies chosen rows, in the order they are named in.</summary>
    /// <param name="rows">Row numbers; a row may be named more than once.</param>
    public Matrix Gather(ReadOnlySpan<int> rows)
    {
        var gathered = new Matrix(rows.Length, Columns);
        for (var i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(gathered.Row(i));
        }

        return gathered;
    }

    /// <summary>The transpose, in a new matrix.</summary>
    public Matrix Transpose()
    {
        const int Tile = 16;
        var transposed = new Matrix(Columns, Math.Max(1, Rows));
        for (var top = 0; top < Rows; top += Tile)
        {
            for (var left = 0; left < Columns; left += Tile)
            {
                for (var i = top; i < Math.Min(Rows, top + Tile); i++)
                {
                    for (var j = left; j < Math.Min(Columns, left + Tile); j++)
                    {
                        transposed.Values[(j * Rows) + i] = Values[(i * Columns) + j];
                    }
                }
            }
        }

        return transposed;
    }
}
