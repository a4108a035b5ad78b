using System.Buffers.Binary;

namespace Bigrain.Index.Log;

/// <summary>A view of one row of a <see cref="LogBatch"/>; nothing is copied.</summary>
public readonly struct LogRow
{
    private readonly LogBatch _batch;
    private readonly int _offset;

    internal LogRow(LogBatch batch, int offset)
    {
        _batch = batch;
        _offset = offset;
    }

    /// <summary>What the row does.</summary>
    public RowKind Kind => (RowKind)Row[LogBatchFormat.RowKindAt];

    /// <summary>Document id, UTF-8.</summary>
    public ReadOnlyMemory<byte> Id => _batch.Bytes.Slice(IdAt, IdLength);

    /// <summary>Hash of the id, computed once where the batch was made.</summary>
    public ulong IdHash => BinaryPrimitives.ReadUInt64LittleEndian(Row[LogBatchFormat.RowHashAt..]);

    /// <summary>The payload, UTF-8 JSON; empty when the document has none.</summary>
    public ReadOnlyMemory<byte> Payload => _batch.Bytes.Slice(IdAt + IdLength, PayloadLength);

    /// <summary>When the document expires, in milliseconds since 1970 UTC; null for never.</summary>
    public long? ExpiresAt => (Row[LogBatchFormat.RowFlagsAt] & LogBatchFormat.HasExpiry) != 0
        ? BinaryPrimitives.ReadInt64LittleEndian(Row[LogBatchFormat.RowExpiryAt..])
        : null;

    private ReadOnlySpan<byte> Row => _batch.Bytes.Span[_offset..];

    private int IdLength => BinaryPrimitives.ReadUInt16LittleEndian(Row[LogBatchFormat.RowIdLengthAt..]);

    private int PayloadLength => LogBatchFormat.ReadInt32(Row, LogBatchFormat.RowPayloadLengthAt);

    private int VectorsAt => _offset + LogBatchFormat.RowVectorLengthsAt + (4 * _batch.RepresentationCount);

    private int IdAt => VectorsAt + VectorBytesBefore(_batch.RepresentationCount);

    /// <summary>Gives the vector of a representation.</summary>
    /// <param name="representation">Its number in the schema.</param>
    /// <param name="littleEndianFp32">The vector's bytes.</param>
    /// <returns>False when the document lacks that representation.</returns>
    public bool TryGetVector(int representation, out ReadOnlyMemory<byte> littleEndianFp32)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(representation);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(representation, _batch.RepresentationCount);
        int length = VectorLength(representation);
        littleEndianFp32 = _batch.Bytes.Slice(VectorsAt + VectorBytesBefore(representation), length);
        return length > 0;
    }

    private int VectorLength(int representation) =>
        LogBatchFormat.ReadInt32(Row, LogBatchFormat.RowVectorLengthsAt + (4 * representation));

    private int VectorBytesBefore(int representation)
    {
        int sum = 0;
        for (int r = 0; r < representation; r++)
        {
            sum += VectorLength(r);
        }

        return sum;
    }
}
