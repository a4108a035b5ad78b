using Bigrain.Index.Coarse;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Dense;

/// <summary>Records of a dense file that was just written, as vectors in slot order.</summary>
internal sealed class DenseFileVectorSource(MappedFile file, DenseHeader header) : IVectorSource
{
    public int Count => header.SlotCount;

    public int Dimension => header.Layout.Dimension;

    public void Read(int firstRow, int rowCount, Span<float> destination)
    {
        DenseRecordLayout layout = header.Layout;
        int leaf = 0;
        for (int i = 0; i < rowCount; i++)
        {
            leaf = header.LeafOf(firstRow + i, leaf);
            ReadOnlySpan<byte> record = file.Slice(header.OffsetOf(firstRow + i, leaf), layout.RecordBytes);
            layout.Decode(record, destination.Slice(i * Dimension, Dimension));
        }
    }
}
