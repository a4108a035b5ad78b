using Bigrain.Index.Schema;

namespace Bigrain.Cli.Files;

/// <summary>What the header of a file with rows of one width says.</summary>
/// <param name="RowCount">Rows.</param>
/// <param name="Dimension">Elements of a row.</param>
/// <param name="Type">Their type.</param>
internal readonly record struct RowShape(long RowCount, int Dimension, ElementType Type)
{
    /// <summary>Bytes of a row.</summary>
    public int RowBytes => Dimension * Elements.SizeOf(Type);

    /// <summary>Checks what a header claims before anything is sized by it.</summary>
    /// <exception cref="Index.Errors.BigrainException">The claim is out of range.</exception>
    public static RowShape Checked(ByteSource source, ulong rows, ulong dimension, ElementType type)
    {
        if (dimension is < 1 or > Limits.MaxDimension)
        {
            throw FileFault.Header(source.Path, 0, $"says {dimension} elements a row; 1 to {Limits.MaxDimension} are possible");
        }

        if (rows > long.MaxValue / ((ulong)Limits.MaxDimension * sizeof(double)))
        {
            throw FileFault.Header(source.Path, 0, $"says {rows} rows, more than any file holds");
        }

        return new RowShape((long)rows, (int)dimension, type);
    }
}
