using Bigrain.Index.Coarse;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Dense;

/// <summary>Records of a spool as vectors, in row order.</summary>
internal sealed class SpoolVectorSource(Spool records, DenseRecordLayout layout, int count) : IVectorSource
{
    public int Count => count;

    public int Dimension => layout.Dimension;

    public void Read(int firstRow, int rowCount, Span<float> destination)
    {
        for (int i = 0; i < rowCount; i++)
        {
            ReadOnlySpan<byte> record = records.Slice((long)(firstRow + i) * layout.RecordBytes, layout.RecordBytes);
            layout.Decode(record, destination.Slice(i * Dimension, Dimension));
        }
    }
}
