using System.Buffers.Binary;

namespace Bigrain.Cli.Files;

/// <summary>Header of .fbin and its kin: row count and dimension, both uint32, little endian.</summary>
internal static class BinHeader
{
    private const int HeaderBytes = 8;

    /// <summary>Reads the header; the source then stands at the first row.</summary>
    public static RowShape Read(ByteSource source, ElementType type)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (source.Read(header, row: 0) < HeaderBytes)
        {
            throw FileFault.Header(source.Path, 0, $"the file ends within its header of {HeaderBytes} bytes; fetch the file again");
        }

        return RowShape.Checked(
            source,
            BinaryPrimitives.ReadUInt32LittleEndian(header),
            BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
            type);
    }
}
