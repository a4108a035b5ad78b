namespace Bigrain.Index.Segments.Dense;

/// <summary>Copies records into one buffer, one after the other.</summary>
internal readonly struct RecordCopier(int recordBytes, Memory<byte> destination) : IRecordVisitor
{
    public void Visit(int index, ReadOnlySpan<byte> record) =>
        record[..recordBytes].CopyTo(destination.Span[(int)((long)index * recordBytes)..]);
}
