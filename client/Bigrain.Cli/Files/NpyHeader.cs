using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Bigrain.Cli.Files;

/// <summary>Header of a NumPy .npy file, versions 1 to 3: a Python dictionary with descr, fortran_order and shape.</summary>
internal static partial class NpyHeader
{
    private const int MaxHeaderBytes = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Whether bytes begin like a .npy file.</summary>
    public static bool Matches(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>Reads the header; the source then stands at the first row.</summary>
    /// <exception cref="Index.Errors.BigrainException">Not a .npy file, or one with a layout or a type that is not read here.</exception>
    public static RowShape Read(ByteSource source)
    {
        string text = ReadText(source);
        string descr = Value(source, Descr().Match(text), "descr");
        string order = Value(source, Order().Match(text), "fortran_order");
        string shape = Value(source, Shape().Match(text), "shape");

        if (descr.Contains('O', StringComparison.Ordinal))
        {
            throw FileFault.Unsupported(
                source.Path, "holds pickled Python objects, which are never loaded; save it again with array.astype('float32')");
        }

        ElementType type = descr switch
        {
            "<f4" => ElementType.Float32,
            "<f2" => ElementType.Float16,
            "<f8" => ElementType.Float64,
            "|u1" or "<u1" => ElementType.UInt8,
            "|i1" or "<i1" => ElementType.Int8,
            _ => throw FileFault.Unsupported(
                source.Path, $"has element type '{descr}'; f2, f4, f8 (little endian), u1 and i1 are read: save it again with array.astype('<f4')"),
        };
        string[] axes = shape.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (order == "True" && axes.Length > 1)
        {
            throw FileFault.Unsupported(
                source.Path, "is in Fortran order (column after column); save it again with numpy.ascontiguousarray(array)");
        }

        return axes.Length switch
        {
            1 => RowShape.Checked(source, 1, Axis(source, axes[0]), type),
            2 => RowShape.Checked(source, Axis(source, axes[0]), Axis(source, axes[1]), type),
            _ => throw FileFault.Unsupported(source.Path, $"has shape ({shape}); two axes are needed, rows and elements"),
        };
    }

    private static string ReadText(ByteSource source)
    {
        Span<byte> start = stackalloc byte[8];
        if (source.Read(start, row: 0) < start.Length || !Matches(start))
        {
            throw FileFault.Header(source.Path, 0, "is not that of a .npy file");
        }

        int version = start[6];
        if (version is < 1 or > 3)
        {
            throw FileFault.Unsupported(source.Path, $"is .npy version {version}; versions 1 to 3 are read");
        }

        Span<byte> size = stackalloc byte[version == 1 ? 2 : 4];
        int read = source.Read(size, row: 0);
        long length = read < size.Length ? 0
            : version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length is 0 or > MaxHeaderBytes)
        {
            throw FileFault.Header(source.Path, 8, $"says it is {length} bytes long; 1 to {MaxHeaderBytes} are possible");
        }

        byte[] text = new byte[length];
        if (source.Read(text, row: 0) < length)
        {
            throw FileFault.Header(source.Path, source.Offset, $"the file ends within its header of {length} bytes; fetch the file again");
        }

        return Encoding.UTF8.GetString(text);
    }

    private static string Value(ByteSource source, Match match, string key) =>
        match.Success ? match.Groups[1].Value : throw FileFault.Header(source.Path, 10, $"has no readable '{key}'");

    private static ulong Axis(ByteSource source, string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong size)
            ? size
            : throw FileFault.Header(source.Path, 10, $"has the shape entry '{text}', which is not a number");

    [GeneratedRegex(@"'descr'\s*:\s*'?([^',}]*)'?")]
    private static partial Regex Descr();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex(@"'shape'\s*:\s*\(([^)]*)\)")]
    private static partial Regex Shape();
}
