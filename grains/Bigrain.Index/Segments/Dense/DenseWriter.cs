using Bigrain.Index.Coarse;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Dense;

/// <summary>Writes the dense file of a segment, in slot order.</summary>
internal static class DenseWriter
{
    /// <summary>Writes records.</summary>
    /// <param name="output">Receives the file.</param>
    /// <param name="records">Records without checksum, in row order.</param>
    /// <param name="layout">Their layout.</param>
    /// <param name="leaves">Row of each slot.</param>
    /// <param name="cancellationToken">Looked at once per leaf.</param>
    public static DenseHeader Write(
        SegmentFileStream output, Spool records, DenseRecordLayout layout, LeafLayout leaves, CancellationToken cancellationToken)
    {
        var header = new DenseHeader(layout, leaves.LeafStarts);
        output.Write(header.ToBytes());
        for (int leaf = 0; leaf < header.LeafCount; leaf++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (header.LeafStart(leaf) == header.LeafStart(leaf + 1))
            {
                continue;
            }

            output.PadTo(header.LeafOffset(leaf));
            for (int slot = header.LeafStart(leaf); slot < header.LeafStart(leaf + 1); slot++)
            {
                ReadOnlySpan<byte> record = records.Slice((long)leaves.RowOfSlot[slot] * layout.RecordBytes, layout.RecordBytes);
                output.Write(record);
                output.WriteUInt32(RecordChecksum.Compute(slot, record));
            }
        }

        output.PadTo(header.RecordsEnd);
        output.WriteTrailer();
        return header;
    }
}
