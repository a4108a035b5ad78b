namespace Bigrain.Cli.Files;

/// <summary>Which rows of an input are meant.</summary>
/// <param name="Skip">Rows to pass over.</param>
/// <param name="Take">Rows to read after that; null for all.</param>
internal readonly record struct RowWindow(long Skip, long? Take)
{
    /// <summary>Every row.</summary>
    public static RowWindow All => new(0, null);
}
