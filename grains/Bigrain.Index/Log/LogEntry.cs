using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Bigrain.Index.Blobs;

namespace Bigrain.Index.Log;

/// <summary>One log blob: a group commit, or the fence that a new owner of the stream puts at the end of the log.</summary>
/// <remarks>Immutable and thread safe. Format page: docs/formats/wal.md.</remarks>
public sealed class LogEntry
{
    internal const int HeaderBytes = 64;
    internal const int TrailerBytes = 16;

    private const ushort Version = 1;
    private const ushort FenceFlag = 1;

    private LogEntry(StreamKey key, long sequence, long epoch, bool isFence, DateTimeOffset writtenAt, IReadOnlyList<LogBatch> batches, ReadOnlyMemory<byte> bytes)
    {
        Key = key;
        Sequence = sequence;
        Epoch = epoch;
        IsFence = isFence;
        WrittenAt = writtenAt;
        Batches = batches;
        Bytes = bytes;
    }

    /// <summary>The stream it belongs to.</summary>
    public StreamKey Key { get; }

    /// <summary>Number of the stream.</summary>
    public int Stream => Key.Stream;

    /// <summary>Position in the stream, from 1, without gaps.</summary>
    public long Sequence { get; }

    /// <summary>Epoch of the owner that wrote it.</summary>
    public long Epoch { get; }

    /// <summary>Whether it is a fence, which carries no batch.</summary>
    public bool IsFence { get; }

    /// <summary>When it was made, by the owner's clock; never before the entry in front of it.</summary>
    public DateTimeOffset WrittenAt { get; }

    /// <summary>The batches in the order in which they take effect.</summary>
    public IReadOnlyList<LogBatch> Batches { get; }

    /// <summary>The blob.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    private static ReadOnlySpan<byte> Magic => "BGLG"u8;

    /// <summary>Makes an entry and its bytes.</summary>
    internal static LogEntry Create(StreamKey key, long sequence, long epoch, bool isFence, DateTimeOffset writtenAt, IReadOnlyList<LogBatch> batches)
    {
        int length = HeaderBytes + TrailerBytes;
        foreach (LogBatch batch in batches)
        {
            length = checked(length + batch.Bytes.Length);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        Span<byte> span = bytes;
        Magic.CopyTo(span);
        BinaryPrimitives.WriteUInt16LittleEndian(span[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(span[6..], isFence ? FenceFlag : (ushort)0);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], length);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], key.Stream);
        BinaryPrimitives.WriteInt32LittleEndian(span[20..], batches.Count);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], epoch);
        BinaryPrimitives.WriteInt64LittleEndian(span[40..], writtenAt.ToUnixTimeMilliseconds());
        HashIncarnation(key, span.Slice(48, 16));
        int at = HeaderBytes;
        foreach (LogBatch batch in batches)
        {
            batch.Bytes.Span.CopyTo(span[at..]);
            at += batch.Bytes.Length;
        }

        XxHash128.Hash(span[..at], span[at..]);
        return new LogEntry(key, sequence, epoch, isFence, writtenAt, batches, bytes);
    }

    /// <summary>Checks a log blob and opens it.</summary>
    /// <param name="key">The stream it should belong to.</param>
    /// <param name="sequence">The position it should have.</param>
    /// <param name="origin">Name of the blob, for the error.</param>
    /// <param name="bytes">The whole blob; must not change afterwards.</param>
    /// <exception cref="CorruptBlobException">A byte is not what was written, or the blob stands in the wrong place.</exception>
    public static LogEntry Parse(StreamKey key, long sequence, string origin, ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        Require(span.Length >= HeaderBytes + TrailerBytes, 0, $"at least {HeaderBytes + TrailerBytes} bytes", $"{span.Length}");
        Require(span.StartsWith(Magic), 0, $"magic BGLG", Convert.ToHexStringLower(span[..4]));
        long length = BinaryPrimitives.ReadInt64LittleEndian(span[8..]);
        Require(length == span.Length, 8, $"length {span.Length}", $"{length}");
        int end = span.Length - TrailerBytes;
        Span<byte> hash = stackalloc byte[16];
        XxHash128.Hash(span[..end], hash);
        Require(hash.SequenceEqual(span[end..]), end, $"xxh128 {Convert.ToHexStringLower(hash)}", Convert.ToHexStringLower(span[end..]));

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(span[4..]);
        Require(version == Version, 4, $"version {Version}", $"{version}");
        int stream = BinaryPrimitives.ReadInt32LittleEndian(span[16..]);
        Require(stream == key.Stream, 16, $"stream {key.Stream}", $"{stream}");
        long foundSequence = BinaryPrimitives.ReadInt64LittleEndian(span[24..]);
        Require(foundSequence == sequence, 24, $"sequence {sequence}", $"{foundSequence}");
        HashIncarnation(key, hash);
        Require(hash.SequenceEqual(span.Slice(48, 16)), 48, $"incarnation {key.Incarnation}", "another");

        int batchCount = BinaryPrimitives.ReadInt32LittleEndian(span[20..]);
        Require(batchCount >= 0 && (long)batchCount * LogBatchFormat.HeaderBytes <= end - HeaderBytes, 20, $"a batch count that fits", $"{batchCount}");
        var batches = new LogBatch[batchCount];
        int at = HeaderBytes;
        for (int i = 0; i < batchCount; i++)
        {
            batches[i] = LogBatch.ParseFirst(bytes[at..end], origin, at);
            at += batches[i].Bytes.Length;
        }

        Require(at == end, at, $"the trailer at {end}", "more bytes");
        bool isFence = (BinaryPrimitives.ReadUInt16LittleEndian(span[6..]) & FenceFlag) != 0;
        DateTimeOffset writtenAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(span[40..]));
        long epoch = BinaryPrimitives.ReadInt64LittleEndian(span[32..]);
        return new LogEntry(key, sequence, epoch, isFence, writtenAt, batches, bytes);

        void Require(bool holds, long offset, FormattableString expected, string found)
        {
            if (!holds)
            {
                throw new CorruptBlobException(origin, offset, expected.ToString(CultureInfo.InvariantCulture), found);
            }
        }
    }

    // A blob copied under the name of another collection must not pass for that collection's.
    private static void HashIncarnation(StreamKey key, Span<byte> destination) =>
        XxHash128.Hash(Encoding.UTF8.GetBytes(key.Incarnation.Value), destination);
}
