using System.Buffers.Binary;
using System.Numerics;
using Bigrain.Index.Blobs;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Ids;

/// <summary>Where the sections of an ids file are. Format page: docs/formats/ids.md.</summary>
internal readonly record struct IdsLayout
{
    /// <summary>Average hashes per directory entry: a probe touches one directory entry and one or two cache lines of hashes.</summary>
    private const int HashesPerBucket = 8;

    private const int AlignmentBytes = 64;

    public IdsLayout(int slotCount, int pageCount, long idBytes, bool hasExpiry, ulong smallestHash, ulong largestHash)
    {
        SlotCount = slotCount;
        PageCount = pageCount;
        IdBytes = idBytes;
        HasExpiry = hasExpiry;
        SmallestHash = smallestHash;
        LargestHash = largestHash;
        DirectoryBits = Math.Clamp(BitOperations.Log2((uint)Math.Max(1, slotCount / HashesPerBucket)), 1, 24);
    }

    public static ReadOnlySpan<byte> Magic => "BGID"u8;

    public int SlotCount { get; }

    public int PageCount { get; }

    public long IdBytes { get; }

    public bool HasExpiry { get; }

    public ulong SmallestHash { get; }

    public ulong LargestHash { get; }

    public int DirectoryBits { get; }

    public int BucketCount => 1 << DirectoryBits;

    public static long Directory => FileHeader.Size;

    public long Hashes => After(Directory, BucketCount + 1, sizeof(uint));

    public long SlotsOfHashes => After(Hashes, SlotCount, sizeof(ulong));

    public long IdOffsets => After(SlotsOfHashes, SlotCount, sizeof(int));

    public long IdChecksums => After(IdOffsets, SlotCount + 1, sizeof(uint));

    public long Sequences => After(IdChecksums, SlotCount, sizeof(uint));

    public long Rows => After(Sequences, SlotCount, sizeof(long));

    public long Expiries => After(Rows, SlotCount, sizeof(int));

    public long PageFirstSlots => After(Expiries, HasExpiry ? SlotCount : 0, sizeof(long));

    public long PageOffsets => After(PageFirstSlots, PageCount + 1, sizeof(int));

    public long Ids => After(PageOffsets, PageCount + 1, sizeof(long));

    public long FileBytes => Ids + IdBytes + FileHeader.HashBytes;

    /// <summary>Directory entry of a hash between the smallest and the largest: its leading bits after scaling that range up.</summary>
    public int BucketOf(ulong hash)
    {
        int shift = Math.Min(63, BitOperations.LeadingZeroCount(LargestHash - SmallestHash));
        return (int)(((hash - SmallestHash) << shift) >> (64 - DirectoryBits));
    }

    public void WriteHeader(Span<byte> header)
    {
        FileHeader.Write(header, Magic, FileBytes, SlotCount);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], PageCount);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], IdBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], SmallestHash);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], LargestHash);
        header[48] = HasExpiry ? (byte)1 : (byte)0;
        header[49] = (byte)DirectoryBits;
    }

    /// <summary>Reads the header of a file whose hash was checked.</summary>
    /// <exception cref="CorruptBlobException">Another file, or its parts do not add up.</exception>
    public static IdsLayout ReadHeader(ReadOnlySpan<byte> header, string blobName, long fileBytes, int slotCount)
    {
        FileHeader.Check(header, Magic, blobName, fileBytes, slotCount);
        int pageCount = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
        long idBytes = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        if (pageCount < 0 || idBytes < 0)
        {
            throw new CorruptBlobException(blobName, 20, "counts of at least 0", $"{pageCount} pages, {idBytes} id bytes");
        }

        var layout = new IdsLayout(
            slotCount,
            pageCount,
            idBytes,
            (header[48] & 1) != 0,
            BinaryPrimitives.ReadUInt64LittleEndian(header[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(header[40..]));
        if (layout.FileBytes != fileBytes || layout.DirectoryBits != header[49])
        {
            throw new CorruptBlobException(blobName, 20, $"sections of {fileBytes} bytes", $"{layout.FileBytes}");
        }

        return layout;
    }

    private static long After(long start, long count, int elementBytes)
    {
        long end = start + (count * elementBytes);
        return (end + AlignmentBytes - 1) / AlignmentBytes * AlignmentBytes;
    }
}
