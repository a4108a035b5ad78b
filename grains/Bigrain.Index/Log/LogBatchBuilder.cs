using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Log;

/// <summary>Packs one request's rows for one stream into the bytes that travel and are stored; see <see cref="LogBatch"/>.</summary>
/// <remarks>Not thread safe. It trusts its caller to have validated the rows.</remarks>
public sealed class LogBatchBuilder
{
    private readonly int _representationCount;
    private readonly int _rowHeaderBytes;
    private byte[] _buffer;
    private int _length;

    /// <summary>Starts a batch.</summary>
    /// <param name="representationCount">Representations of the collection's schema.</param>
    /// <param name="batchId">The sender's id of the request, at most <see cref="Limits.MaxBatchIdBytes"/> bytes; null for none.</param>
    /// <param name="capacityBytes">Expected size, to save growing.</param>
    public LogBatchBuilder(int representationCount, string? batchId = null, int capacityBytes = 4_096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(representationCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(representationCount, ushort.MaxValue);
        _representationCount = representationCount;
        _rowHeaderBytes = LogBatchFormat.RowVectorLengthsAt + (4 * representationCount);
        int idLength = batchId is null ? 0 : Encoding.UTF8.GetByteCount(batchId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(idLength, Limits.MaxBatchIdBytes, nameof(batchId));
        _length = LogBatchFormat.HeaderBytes + LogBatchFormat.Align(idLength);
        _buffer = new byte[Math.Max(capacityBytes, _length)];
        LogBatchFormat.Magic.CopyTo(_buffer);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(LogBatchFormat.VersionAt), LogBatchFormat.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(LogBatchFormat.RepresentationsAt), (ushort)representationCount);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(LogBatchFormat.BatchIdLengthAt), (ushort)idLength);
        if (batchId is not null)
        {
            Encoding.UTF8.GetBytes(batchId, _buffer.AsSpan(LogBatchFormat.HeaderBytes));
        }
    }

    /// <summary>Rows so far.</summary>
    public int RowCount { get; private set; }

    /// <summary>Bytes of ids, vectors and payloads so far: what the limits count.</summary>
    public int DecodedByteCount { get; private set; }

    /// <summary>Adds a document with one representation, the first.</summary>
    /// <param name="id">Document id, UTF-8.</param>
    /// <param name="idHash">Its hash.</param>
    /// <param name="vector">Its vector.</param>
    /// <param name="payload">UTF-8 JSON object; empty for none.</param>
    /// <param name="expiresAt">Milliseconds since 1970 UTC; null for never.</param>
    public void AddUpsert(ReadOnlySpan<byte> id, ulong idHash, ReadOnlySpan<float> vector, ReadOnlySpan<byte> payload, long? expiresAt = null)
    {
        Span<byte> parts = StartRow(RowKind.Upsert, id, idHash, vector.Length * sizeof(float), payload.Length, expiresAt);
        SetVectorLength(0, vector.Length * sizeof(float));
        CopyVector(vector, parts);
        FinishRow(parts[(vector.Length * sizeof(float))..], id, payload);
    }

    /// <summary>Adds a document from raw vectors.</summary>
    /// <param name="id">Document id, UTF-8.</param>
    /// <param name="idHash">Its hash.</param>
    /// <param name="littleEndianVectors">A vector per representation in the schema's order, little-endian fp32; empty where the document lacks one.</param>
    /// <param name="payload">UTF-8 JSON object; empty for none.</param>
    /// <param name="expiresAt">Milliseconds since 1970 UTC; null for never.</param>
    public void AddUpsert(
        ReadOnlySpan<byte> id, ulong idHash, ReadOnlySpan<ReadOnlyMemory<byte>> littleEndianVectors, ReadOnlySpan<byte> payload, long? expiresAt = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(littleEndianVectors.Length, _representationCount);
        int vectorBytes = 0;
        foreach (ReadOnlyMemory<byte> vector in littleEndianVectors)
        {
            vectorBytes += vector.Length;
        }

        Span<byte> parts = StartRow(RowKind.Upsert, id, idHash, vectorBytes, payload.Length, expiresAt);
        for (int r = 0; r < littleEndianVectors.Length; r++)
        {
            SetVectorLength(r, littleEndianVectors[r].Length);
            littleEndianVectors[r].Span.CopyTo(parts);
            parts = parts[littleEndianVectors[r].Length..];
        }

        FinishRow(parts, id, payload);
    }

    /// <summary>Adds the removal of a document.</summary>
    /// <param name="id">Document id, UTF-8.</param>
    /// <param name="idHash">Its hash.</param>
    public void AddDelete(ReadOnlySpan<byte> id, ulong idHash) =>
        FinishRow(StartRow(RowKind.Delete, id, idHash, 0, 0, null), id, []);

    /// <summary>Ends the batch.</summary>
    /// <returns>Its bytes, owned by the caller.</returns>
    public byte[] Build()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(LogBatchFormat.LengthAt), _length);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(LogBatchFormat.RowCountAt), RowCount);
        return _buffer.AsSpan(0, _length).ToArray();
    }

    private static void CopyVector(ReadOnlySpan<float> vector, Span<byte> destination)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(vector).CopyTo(destination);
            return;
        }

        for (int i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(destination[(i * sizeof(float))..], vector[i]);
        }
    }

    /// <summary>Writes the row's header and gives the room for its vectors, id and payload.</summary>
    private Span<byte> StartRow(RowKind kind, ReadOnlySpan<byte> id, ulong idHash, int vectorBytes, int payloadBytes, long? expiresAt)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id.Length, Limits.MaxIdBytes, nameof(id));
        int decoded = checked(id.Length + vectorBytes + payloadBytes);
        int rowLength = LogBatchFormat.Align(_rowHeaderBytes + decoded);
        Grow(rowLength);
        Span<byte> row = _buffer.AsSpan(_length, rowLength);
        row[..LogBatchFormat.RowHeaderBytes].Clear();
        row[LogBatchFormat.RowHeaderBytes.._rowHeaderBytes].Clear();
        row[^LogBatchFormat.Alignment..].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(row, rowLength);
        row[LogBatchFormat.RowKindAt] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(row[LogBatchFormat.RowIdLengthAt..], (ushort)id.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(row[LogBatchFormat.RowHashAt..], idHash);
        if (expiresAt is { } at)
        {
            row[LogBatchFormat.RowFlagsAt] = LogBatchFormat.HasExpiry;
            BinaryPrimitives.WriteInt64LittleEndian(row[LogBatchFormat.RowExpiryAt..], at);
        }

        BinaryPrimitives.WriteInt32LittleEndian(row[LogBatchFormat.RowPayloadLengthAt..], payloadBytes);
        DecodedByteCount += decoded;
        return row[_rowHeaderBytes..];
    }

    private void SetVectorLength(int representation, int bytes) => BinaryPrimitives.WriteInt32LittleEndian(
        _buffer.AsSpan(_length + LogBatchFormat.RowVectorLengthsAt + (4 * representation)), bytes);

    private void FinishRow(Span<byte> parts, ReadOnlySpan<byte> id, ReadOnlySpan<byte> payload)
    {
        id.CopyTo(parts);
        payload.CopyTo(parts[id.Length..]);
        _length += LogBatchFormat.ReadInt32(_buffer, _length);
        RowCount++;
    }

    private void Grow(int rowLength)
    {
        long needed = (long)_length + rowLength;
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, _buffer.Length * 2L)));
        }
    }
}
