using Bigrain.Index.Coarse;
using Bigrain.Index.Segments.Files;
using Bigrain.Index.Segments.Payloads;

namespace Bigrain.Index.Segments.Ids;

/// <summary>Writes the ids file of a segment.</summary>
internal static class IdsWriter
{
    /// <summary>Writes the file.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="leaves">Row of each slot.</param>
    /// <param name="pages">Page table of the docs file.</param>
    /// <exception cref="ArgumentException">An id came twice.</exception>
    public static void Write(SegmentFileStream output, RowSpool rows, LeafLayout leaves, PayloadPages pages)
    {
        var hashes = new ulong[rows.Count];
        var slots = new int[rows.Count];
        for (int slot = 0; slot < hashes.Length; slot++)
        {
            hashes[slot] = rows.Entry(leaves.RowOfSlot[slot]).IdHash;
            slots[slot] = slot;
        }

        Array.Sort(hashes, slots);
        OrderEqualHashes(hashes, slots, rows, leaves);

        var layout = new IdsLayout(rows.Count, pages.Count, rows.IdBytes, rows.HasExpiry, hashes[0], hashes[^1]);
        Span<byte> header = stackalloc byte[FileHeader.Size];
        layout.WriteHeader(header);
        output.Write(header);
        WriteDirectory(output, layout, hashes);
        output.PadTo(layout.Hashes);
        Array.ForEach(hashes, output.WriteUInt64);
        output.PadTo(layout.SlotsOfHashes);
        Array.ForEach(slots, output.WriteInt32);
        WriteSlots(output, layout, rows, leaves.RowOfSlot);
        output.PadTo(layout.PageFirstSlots);
        foreach (int slot in pages.FirstSlots)
        {
            output.WriteInt32(slot);
        }

        output.PadTo(layout.PageOffsets);
        foreach (long offset in pages.Offsets)
        {
            output.WriteInt64(offset);
        }

        output.PadTo(layout.Ids);
        foreach (int row in leaves.RowOfSlot)
        {
            output.Write(rows.Id(rows.Entry(row)));
        }

        output.WriteTrailer();
    }

    /// <summary>Slots of one hash ascend, so that the same rows give the same bytes; the sort is not stable.</summary>
    private static void OrderEqualHashes(ulong[] hashes, int[] slots, RowSpool rows, LeafLayout leaves)
    {
        for (int first = 0; first < hashes.Length;)
        {
            int end = first + 1;
            while (end < hashes.Length && hashes[end] == hashes[first])
            {
                end++;
            }

            if (end - first > 1)
            {
                Array.Sort(slots, first, end - first);
                RefuseEqualIds(slots.AsSpan(first, end - first), rows, leaves);
            }

            first = end;
        }
    }

    private static void RefuseEqualIds(ReadOnlySpan<int> slots, RowSpool rows, LeafLayout leaves)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            ReadOnlySpan<byte> id = rows.Id(rows.Entry(leaves.RowOfSlot[slots[i]]));
            for (int j = 0; j < i; j++)
            {
                if (id.SequenceEqual(rows.Id(rows.Entry(leaves.RowOfSlot[slots[j]]))))
                {
                    throw new ArgumentException(
                        $"id '{System.Text.Encoding.UTF8.GetString(id)}' was added twice: a segment holds the newest row of an id", nameof(rows));
                }
            }
        }
    }

    private static void WriteDirectory(SegmentFileStream output, IdsLayout layout, ulong[] hashes)
    {
        int next = 0;
        for (int bucket = 0; bucket <= layout.BucketCount; bucket++)
        {
            while (next < hashes.Length && layout.BucketOf(hashes[next]) < bucket)
            {
                next++;
            }

            output.WriteInt32(next);
        }
    }

    private static void WriteSlots(SegmentFileStream output, IdsLayout layout, RowSpool rows, ReadOnlySpan<int> rowOfSlot)
    {
        output.PadTo(layout.IdOffsets);
        uint offset = 0;
        output.WriteUInt32(offset);
        foreach (int row in rowOfSlot)
        {
            offset = checked(offset + (uint)rows.Entry(row).IdBytes);
            output.WriteUInt32(offset);
        }

        output.PadTo(layout.IdChecksums);
        for (int slot = 0; slot < rowOfSlot.Length; slot++)
        {
            output.WriteUInt32(RecordChecksum.Compute(slot, rows.Id(rows.Entry(rowOfSlot[slot]))));
        }

        output.PadTo(layout.Sequences);
        foreach (int row in rowOfSlot)
        {
            output.WriteInt64(rows.Entry(row).Sequence);
        }

        output.PadTo(layout.Rows);
        foreach (int row in rowOfSlot)
        {
            output.WriteInt32(rows.Entry(row).Row);
        }

        output.PadTo(layout.Expiries);
        if (!layout.HasExpiry)
        {
            return;
        }

        foreach (int row in rowOfSlot)
        {
            output.WriteInt64(rows.Entry(row).ExpiresAt);
        }
    }
}
