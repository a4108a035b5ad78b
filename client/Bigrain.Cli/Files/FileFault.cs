using Bigrain.Index.Errors;

namespace Bigrain.Cli.Files;

/// <summary>Errors of input files, worded in one place.</summary>
internal static class FileFault
{
    /// <summary>Wire name of the field at fault.</summary>
    public const string Field = "file";

    /// <summary>The bytes are damaged.</summary>
    public static BigrainException Corrupt(string path, long row, long offset, string problem, Exception? inner = null) =>
        new(ErrorCode.DataCorrupt, $"{path}: row {row} at byte offset {offset}: {problem}", Field, inner);

    /// <summary>The header cannot be true, or cannot be read.</summary>
    public static BigrainException Header(string path, long offset, string problem) =>
        new(ErrorCode.DataCorrupt, $"{path}: header at byte offset {offset}: {problem}", Field);

    /// <summary>The file is sound, but not of a kind that is read here.</summary>
    public static BigrainException Unsupported(string path, string problem) =>
        new(ErrorCode.InvalidArgument, $"{path}: {problem}", Field);

    /// <summary>One row cannot be taken.</summary>
    public static BigrainException Row(string path, long row, long offset, string problem) =>
        new(ErrorCode.InvalidArgument, $"{path}: row {row} at byte offset {offset}: {problem}", Field);
}
