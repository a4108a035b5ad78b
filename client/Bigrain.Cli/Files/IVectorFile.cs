namespace Bigrain.Cli.Files;

/// <summary>A file of vectors, read row by row and never held whole. Not safe for use by several threads at once.</summary>
/// <remarks>Faults of the file are <see cref="Index.Errors.BigrainException"/>s whose field is <c>file</c> and whose message
/// names the row and the byte offset; rows before the fault have been returned by then.</remarks>
internal interface IVectorFile : IDisposable
{
    /// <summary>Rows by the header; null where only reading tells.</summary>
    long? RowCount { get; }

    /// <summary>Dimension by the header; null where rows may differ.</summary>
    int? Dimension { get; }

    /// <summary>Reads the next row.</summary>
    /// <returns>The row; null after the last.</returns>
    VectorRow? Read();

    /// <summary>Passes over rows.</summary>
    /// <param name="count">How many.</param>
    /// <returns>How many there were, at most <paramref name="count"/>.</returns>
    long Skip(long count);
}
