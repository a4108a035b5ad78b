using Bigrain.Index.Coarse;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Payloads;

/// <summary>Writes the docs file of a segment.</summary>
internal static class PayloadWriter
{
    public static ReadOnlySpan<byte> Magic => "BGDC"u8;

    /// <summary>Cuts the payloads of slots into pages.</summary>
    public static PayloadPages Plan(RowSpool rows, LeafLayout leaves)
    {
        var pages = new PayloadPages(FileHeader.Size);
        foreach (int row in leaves.RowOfSlot)
        {
            pages.Add(rows.Entry(row).PayloadBytes);
        }

        pages.Complete();
        return pages;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="leaves">Row of each slot.</param>
    /// <param name="pages">The plan.</param>
    /// <param name="cancellationToken">Looked at once per page.</param>
    public static void Write(
        SegmentFileStream output, RowSpool rows, LeafLayout leaves, PayloadPages pages, CancellationToken cancellationToken)
    {
        Span<byte> header = stackalloc byte[FileHeader.Size];
        FileHeader.Write(header, Magic, pages.End + FileHeader.HashBytes, rows.Count);
        output.Write(header);
        for (int page = 0; page < pages.Count; page++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int bytes = (int)(pages.Offsets[page + 1] - pages.Offsets[page]);
            if (bytes > 0)
            {
                int first = pages.FirstSlots[page];
                output.Write(PayloadPage.Build(rows, leaves.RowOfSlot[first..pages.FirstSlots[page + 1]], first, bytes));
            }
        }

        output.WriteTrailer();
    }
}
