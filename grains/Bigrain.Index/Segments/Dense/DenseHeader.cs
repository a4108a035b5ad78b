using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Dense;

/// <summary>Head of a dense file: where each leaf starts. Format page: docs/formats/dense.md.</summary>
internal sealed class DenseHeader
{
    public const int LeafAlignmentBytes = 4096;

    private readonly int[] _leafStarts;
    private readonly long[] _leafOffsets;

    public DenseHeader(DenseRecordLayout layout, ReadOnlySpan<int> leafStarts)
    {
        Layout = layout;
        _leafStarts = leafStarts.ToArray();
        _leafOffsets = new long[LeafCount];
        HeaderBytes = BytesFor(LeafCount);
        long offset = HeaderBytes;
        for (int leaf = 0; leaf < LeafCount; leaf++)
        {
            _leafOffsets[leaf] = offset = Align(offset);
            offset += (long)(_leafStarts[leaf + 1] - _leafStarts[leaf]) * layout.StrideBytes;
        }

        RecordsEnd = offset;
    }

    public static ReadOnlySpan<byte> Magic => "BGDN"u8;

    public DenseRecordLayout Layout { get; }

    public int LeafCount => _leafStarts.Length - 1;

    public int SlotCount => _leafStarts[^1];

    /// <summary>Bytes of the header with its leaf table and hash, without the padding to the first leaf.</summary>
    public int HeaderBytes { get; }

    /// <summary>End of the last record.</summary>
    public long RecordsEnd { get; }

    /// <summary>Length of the file: records and the trailing hash.</summary>
    public long FileBytes => RecordsEnd + FileHeader.HashBytes;

    public static int BytesFor(int leafCount) => FileHeader.Size + ((leafCount + 1) * sizeof(int)) + FileHeader.HashBytes;

    /// <summary>Managed bytes that the leaf table takes while the segment is open.</summary>
    public static long MemoryFor(int leafCount) => (leafCount + 1L) * (sizeof(int) + sizeof(long));

    public int LeafStart(int leaf) => _leafStarts[leaf];

    public long LeafOffset(int leaf) => _leafOffsets[leaf];

    /// <summary>The leaf that holds a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="from">A leaf at or before it: ascending slots are found in few steps.</param>
    public int LeafOf(int slot, int from)
    {
        if (slot < _leafStarts[from + 1])
        {
            return from;
        }

        int low = from + 1;
        int high = LeafCount - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_leafStarts[middle + 1] <= slot)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    public long OffsetOf(int slot, int leaf) => _leafOffsets[leaf] + ((long)(slot - _leafStarts[leaf]) * Layout.StrideBytes);

    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderBytes];
        FileHeader.Write(bytes.AsSpan(0, FileHeader.Size), Magic, FileBytes, SlotCount);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), Layout.Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), LeafCount);
        bytes[28] = (byte)Layout.Type;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), Layout.StrideBytes);
        MemoryMarshal.AsBytes<int>(_leafStarts).CopyTo(bytes.AsSpan(FileHeader.Size));
        int hashed = HeaderBytes - FileHeader.HashBytes;
        XxHash128.Hash(bytes.AsSpan(0, hashed), bytes.AsSpan(hashed));
        return bytes;
    }

    /// <summary>Reads and checks the header of a dense file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="layout">Record layout by the schema.</param>
    /// <param name="leafStarts">Leaves by the coarse file of the same segment: both files must agree.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptBlobException">Damaged, or another file.</exception>
    public static async ValueTask<DenseHeader> ReadAsync(
        BlobFile file, DenseRecordLayout layout, ReadOnlyMemory<int> leafStarts, CancellationToken cancellationToken)
    {
        var expected = new DenseHeader(layout, leafStarts.Span);
        byte[] bytes = await ReadBytesAsync(file, expected.HeaderBytes, cancellationToken).ConfigureAwait(false);
        expected.Check(bytes, file, "the coarse file's");
        return expected;
    }

    /// <summary>Reads and checks the header of a dense file whose coarse file is not at hand; its records are of the type it says.</summary>
    /// <exception cref="CorruptBlobException">Damaged, or another file.</exception>
    public static async ValueTask<DenseHeader> ReadAloneAsync(
        BlobFile file, int dimension, int slotCount, CancellationToken cancellationToken)
    {
        byte[] start = await ReadBytesAsync(file, FileHeader.Size, cancellationToken).ConfigureAwait(false);
        FileHeader.Check(start, Magic, file.Name, file.LengthBytes, slotCount);
        var type = (DenseType)start[28];
        if (!Enum.IsDefined(type))
        {
            throw new CorruptBlobException(file.Name, 28, "a dense type", $"{start[28]}");
        }

        var layout = new DenseRecordLayout(type, dimension);
        int leafCount = BinaryPrimitives.ReadInt32LittleEndian(start.AsSpan(24));
        if (leafCount < 1 || leafCount > file.LengthBytes / sizeof(int))
        {
            throw new CorruptBlobException(file.Name, 24, "a leaf count", $"{leafCount}");
        }

        byte[] bytes = await ReadBytesAsync(file, BytesFor(leafCount), cancellationToken).ConfigureAwait(false);
        FileHeader.CheckHash(bytes, file.Name);
        int[] leafStarts = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(FileHeader.Size, (leafCount + 1) * sizeof(int))).ToArray();
        if (leafStarts[0] != 0 || leafStarts[^1] != slotCount || leafStarts.Zip(leafStarts.Skip(1)).Any(pair => pair.First > pair.Second))
        {
            throw new CorruptBlobException(file.Name, FileHeader.Size, "ascending leaf starts", "others");
        }

        var header = new DenseHeader(layout, leafStarts);
        header.Check(bytes, file, "its own");
        return header;
    }

    private static async ValueTask<byte[]> ReadBytesAsync(BlobFile file, int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        await file.ReadAsync(0, bytes.AsMemory(0, (int)Math.Min(count, file.LengthBytes)), cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    private void Check(ReadOnlySpan<byte> bytes, BlobFile file, string whoseLeaves)
    {
        FileHeader.Check(bytes, Magic, file.Name, file.LengthBytes, SlotCount);
        FileHeader.CheckHash(bytes, file.Name);
        byte[] wanted = ToBytes();
        int same = wanted.AsSpan().CommonPrefixLength(bytes);
        if (same < wanted.Length)
        {
            throw new CorruptBlobException(
                file.Name, same, $"{Layout.Type} records of dimension {Layout.Dimension} in {whoseLeaves} leaves", "others");
        }
    }

    private static long Align(long offset) => (offset + LeafAlignmentBytes - 1) / LeafAlignmentBytes * LeafAlignmentBytes;
}
