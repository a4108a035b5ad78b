using System.Buffers.Binary;
using System.Text;
using Bigrain.Index.Blobs;

namespace Bigrain.Index.Log;

/// <summary>One request's rows for one stream, in the form in which they travel and are stored: a view over its bytes.</summary>
/// <remarks>Immutable and thread safe as long as nobody writes to the bytes. Made by <see cref="LogBatchBuilder"/>.</remarks>
public sealed class LogBatch
{
    private readonly int[] _rowOffsets;

    private LogBatch(ReadOnlyMemory<byte> bytes, int representationCount, string? batchId, int[] rowOffsets)
    {
        Bytes = bytes;
        RepresentationCount = representationCount;
        BatchId = batchId;
        _rowOffsets = rowOffsets;
    }

    /// <summary>The batch as stored.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Representations each row may carry.</summary>
    public int RepresentationCount { get; }

    /// <summary>The sender's id of the request; null when it set none.</summary>
    public string? BatchId { get; }

    /// <summary>Number of rows.</summary>
    public int RowCount => _rowOffsets.Length;

    /// <summary>Gives a row.</summary>
    /// <param name="row">Its position, from 0.</param>
    public LogRow this[int row] => new(this, _rowOffsets[row]);

    /// <summary>Checks a batch's structure and opens it; every later access is in bounds.</summary>
    /// <param name="bytes">Exactly one batch.</param>
    /// <param name="origin">Where the bytes come from, for the error: a blob name or the sender.</param>
    /// <exception cref="CorruptBlobException">The bytes are not a batch.</exception>
    public static LogBatch Parse(ReadOnlyMemory<byte> bytes, string origin)
    {
        LogBatch batch = ParseFirst(bytes, origin, 0);
        return batch.Bytes.Length == bytes.Length
            ? batch
            : throw new CorruptBlobException(origin, batch.Bytes.Length, "the end of the batch", "more bytes");
    }

    /// <summary>Goes through the rows without allocating.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Opens the batch that stands at the start of <paramref name="bytes"/>.</summary>
    internal static LogBatch ParseFirst(ReadOnlyMemory<byte> bytes, string origin, long originOffset)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        if (span.Length < LogBatchFormat.HeaderBytes || !span.StartsWith(LogBatchFormat.Magic))
        {
            throw Corrupt(0, "magic BGBT");
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(span[LogBatchFormat.VersionAt..]) != LogBatchFormat.Version)
        {
            throw Corrupt(LogBatchFormat.VersionAt, "a batch version that this build reads");
        }

        int length = LogBatchFormat.ReadInt32(span, LogBatchFormat.LengthAt);
        if (length < LogBatchFormat.HeaderBytes || length > span.Length || length % LogBatchFormat.Alignment != 0)
        {
            throw Corrupt(LogBatchFormat.LengthAt, "a batch length inside the bytes given");
        }

        span = span[..length];
        int idLength = BinaryPrimitives.ReadUInt16LittleEndian(span[LogBatchFormat.BatchIdLengthAt..]);
        int at = LogBatchFormat.HeaderBytes + LogBatchFormat.Align(idLength);
        if (at > length)
        {
            throw Corrupt(LogBatchFormat.BatchIdLengthAt, "a batch id inside the batch");
        }

        string? batchId = idLength == 0 ? null : Encoding.UTF8.GetString(span.Slice(LogBatchFormat.HeaderBytes, idLength));
        int representations = BinaryPrimitives.ReadUInt16LittleEndian(span[LogBatchFormat.RepresentationsAt..]);
        int smallestRow = LogBatchFormat.Align(LogBatchFormat.RowHeaderBytes + (4 * representations));
        int rowCount = LogBatchFormat.ReadInt32(span, LogBatchFormat.RowCountAt);
        if (rowCount < 0 || (long)rowCount * smallestRow > length - at)
        {
            throw Corrupt(LogBatchFormat.RowCountAt, "a row count that fits the batch");
        }

        var offsets = new int[rowCount];
        for (int row = 0; row < rowCount; row++)
        {
            int rowLength = length - at < smallestRow ? -1 : LogBatchFormat.ReadInt32(span, at);
            if (rowLength < smallestRow || rowLength > length - at || rowLength % LogBatchFormat.Alignment != 0
                || !IsRow(span.Slice(at, rowLength), representations))
            {
                throw Corrupt(at, "a row whose parts fill it");
            }

            offsets[row] = at;
            at += rowLength;
        }

        return at == length
            ? new LogBatch(bytes[..length], representations, batchId, offsets)
            : throw Corrupt(at, "the end of the batch");

        CorruptBlobException Corrupt(int offset, string expected) => new(origin, originOffset + offset, expected, "something else");
    }

    private static bool IsRow(ReadOnlySpan<byte> row, int representations)
    {
        if (row[LogBatchFormat.RowKindAt] > (byte)RowKind.Delete)
        {
            return false;
        }

        long used = LogBatchFormat.RowVectorLengthsAt + (4L * representations);
        for (int r = 0; r < representations; r++)
        {
            used += (uint)LogBatchFormat.ReadInt32(row, LogBatchFormat.RowVectorLengthsAt + (4 * r));
        }

        used += BinaryPrimitives.ReadUInt16LittleEndian(row[LogBatchFormat.RowIdLengthAt..]);
        used += (uint)LogBatchFormat.ReadInt32(row, LogBatchFormat.RowPayloadLengthAt);
        return used <= row.Length && row.Length - used < LogBatchFormat.Alignment;
    }

    /// <summary>Goes through the rows of a batch.</summary>
    public ref struct Enumerator
    {
        private readonly LogBatch _batch;
        private int _row;

        internal Enumerator(LogBatch batch)
        {
            _batch = batch;
            _row = -1;
        }

        /// <summary>The row reached.</summary>
        public readonly LogRow Current => _batch[_row];

        /// <summary>Goes to the next row.</summary>
        public bool MoveNext() => ++_row < _batch.RowCount;
    }
}
