using System.Buffers.Binary;

namespace Bigrain.Cli.Files;

/// <summary>Header of an idx file: two zero bytes, element type, number of axes, then each axis as a big-endian uint32.
/// Axes behind the first are flattened.</summary>
internal static class IdxHeader
{
    private const int MagicBytes = 4;
    private const int MaxAxes = 8;

    /// <summary>Whether bytes begin like an idx file.</summary>
    public static bool Matches(ReadOnlySpan<byte> start) =>
        start.Length >= MagicBytes && start[0] == 0 && start[1] == 0 && TypeOf(start[2]) is not null && start[3] is >= 1 and <= MaxAxes;

    /// <summary>Reads the header; the source then stands at the first row.</summary>
    public static RowShape Read(ByteSource source)
    {
        Span<byte> magic = stackalloc byte[MagicBytes];
        if (source.Read(magic, row: 0) < MagicBytes || !Matches(magic))
        {
            throw FileFault.Header(source.Path, 0, "is not that of an idx file");
        }

        int axes = magic[3];
        Span<byte> sizes = stackalloc byte[MaxAxes * sizeof(uint)];
        sizes = sizes[..(axes * sizeof(uint))];
        if (source.Read(sizes, row: 0) < sizes.Length)
        {
            throw FileFault.Header(source.Path, MagicBytes, $"the file ends within the sizes of its {axes} axes; fetch the file again");
        }

        ulong dimension = 1;
        for (int axis = 1; axis < axes; axis++)
        {
            dimension = Math.Min(dimension * BinaryPrimitives.ReadUInt32BigEndian(sizes[(axis * sizeof(uint))..]), uint.MaxValue);
        }

        return RowShape.Checked(source, BinaryPrimitives.ReadUInt32BigEndian(sizes), dimension, TypeOf(magic[2])!.Value);
    }

    private static ElementType? TypeOf(byte code) => code switch
    {
        0x08 => ElementType.UInt8,
        0x09 => ElementType.Int8,
        0x0b => ElementType.Int16BigEndian,
        0x0c => ElementType.Int32BigEndian,
        0x0d => ElementType.Float32BigEndian,
        0x0e => ElementType.Float64BigEndian,
        _ => null,
    };
}
