using System.Buffers.Binary;

namespace Bigrain.Index.Log;

/// <summary>Byte positions of a batch and its rows; format page: docs/formats/wal.md.</summary>
internal static class LogBatchFormat
{
    public const ushort Version = 1;
    public const int HeaderBytes = 24;
    public const int RowHeaderBytes = 28;
    public const int Alignment = 8;
    public const byte HasExpiry = 1;

    public const int VersionAt = 4;
    public const int RepresentationsAt = 6;
    public const int LengthAt = 8;
    public const int RowCountAt = 12;
    public const int BatchIdLengthAt = 16;

    public const int RowKindAt = 4;
    public const int RowFlagsAt = 5;
    public const int RowIdLengthAt = 6;
    public const int RowHashAt = 8;
    public const int RowExpiryAt = 16;
    public const int RowPayloadLengthAt = 24;
    public const int RowVectorLengthsAt = 28;

    public static ReadOnlySpan<byte> Magic => "BGBT"u8;

    public static int Align(int length) => (length + (Alignment - 1)) & ~(Alignment - 1);

    public static int ReadInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
}
