using System.Buffers.Binary;
using System.IO.Hashing;
using Bigrain.Index.Blobs;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Payloads;

/// <summary>One page: a length per slot, the payloads, XxHash128 seeded with the page's first slot.</summary>
internal static class PayloadPage
{
    /// <summary>Makes a page.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="pageRows">Row of each slot of the page.</param>
    /// <param name="firstSlot">First slot of the page: a page in another place fails its hash.</param>
    /// <param name="pageBytes">Bytes of the page with its hash.</param>
    public static byte[] Build(RowSpool rows, ReadOnlySpan<int> pageRows, int firstSlot, int pageBytes)
    {
        var page = new byte[pageBytes];
        int offset = pageRows.Length * sizeof(uint);
        for (int i = 0; i < pageRows.Length; i++)
        {
            RowEntry entry = rows.Entry(pageRows[i]);
            uint length = entry.PayloadBytes == 0 ? PayloadPages.None : (uint)entry.PayloadBytes;
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(i * sizeof(uint)), length);
            rows.Payload(entry).CopyTo(page.AsSpan(offset));
            offset += entry.PayloadBytes;
        }

        XxHash128.Hash(page.AsSpan(0, offset), page.AsSpan(offset), firstSlot);
        return page;
    }

    /// <summary>Checks a page.</summary>
    /// <exception cref="CorruptBlobException">It is not what was written.</exception>
    public static void Check(ReadOnlySpan<byte> page, int firstSlot, int slotCount, string blobName, long offset)
    {
        int hashed = page.Length - PayloadPages.HashBytes;
        if (hashed < slotCount * sizeof(uint))
        {
            throw new CorruptBlobException(blobName, offset, $"a page of {slotCount} slots", $"{page.Length} bytes");
        }

        Span<byte> hash = stackalloc byte[PayloadPages.HashBytes];
        XxHash128.Hash(page[..hashed], hash, firstSlot);
        if (!hash.SequenceEqual(page[hashed..]))
        {
            throw new CorruptBlobException(
                blobName,
                offset,
                $"xxh128 {Convert.ToHexStringLower(page[hashed..])} over the page of slot {firstSlot}",
                Convert.ToHexStringLower(hash));
        }
    }

    /// <summary>Where each payload of a checked page starts, and the end of the last; equal neighbours for none.</summary>
    /// <param name="page">The page.</param>
    /// <param name="slotCount">Slots of the page.</param>
    /// <param name="upTo">Slot number inside the page after which no start is wanted.</param>
    public static int[] Starts(ReadOnlySpan<byte> page, int slotCount, int upTo)
    {
        var starts = new int[upTo + 2];
        starts[0] = slotCount * sizeof(uint);
        for (int i = 0; i <= upTo; i++)
        {
            starts[i + 1] = starts[i] + Length(page, i);
        }

        return starts;
    }

    private static int Length(ReadOnlySpan<byte> page, int index)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(page[(index * sizeof(uint))..]);
        return length == PayloadPages.None ? 0 : (int)length;
    }
}
