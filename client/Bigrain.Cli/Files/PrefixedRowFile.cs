using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Files;

/// <summary>Rows that each begin with their dimension as int32: .fvecs and .bvecs.</summary>
internal sealed class PrefixedRowFile : IVectorFile
{
    private const int PrefixBytes = sizeof(int);

    private readonly ByteSource _source;
    private readonly ElementType _type;
    private long _next;

    /// <summary>Takes over a source that stands at its first row.</summary>
    public PrefixedRowFile(ByteSource source, ElementType type)
    {
        _source = source;
        _type = type;
    }

    /// <inheritdoc/>
    public long? RowCount => null;

    /// <inheritdoc/>
    public int? Dimension => null;

    /// <inheritdoc/>
    public VectorRow? Read()
    {
        long start = _source.Offset;
        if (ReadDimension() is not { } dimension)
        {
            return null;
        }

        int rowBytes = dimension * Elements.SizeOf(_type);
        byte[] vector = GC.AllocateUninitializedArray<byte>(dimension * sizeof(float));
        byte[] raw = _type == ElementType.Float32 ? vector : new byte[rowBytes];
        int read = _source.Read(raw, _next);
        if (read < rowBytes)
        {
            throw Truncated(start, PrefixBytes + rowBytes, PrefixBytes + read);
        }

        if (_type != ElementType.Float32)
        {
            Elements.Decode(raw, _type, MemoryMarshal.Cast<byte, float>(vector.AsSpan()));
        }

        return new VectorRow(_next++, Id: null, vector, Payload: null);
    }

    /// <inheritdoc/>
    public long Skip(long count)
    {
        for (long i = 0; i < count; i++)
        {
            long start = _source.Offset;
            if (ReadDimension() is not { } dimension)
            {
                return i;
            }

            int rowBytes = dimension * Elements.SizeOf(_type);
            long skipped = _source.Skip(rowBytes, _next);
            if (skipped < rowBytes)
            {
                throw Truncated(start, PrefixBytes + rowBytes, PrefixBytes + skipped);
            }

            _next++;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private int? ReadDimension()
    {
        long start = _source.Offset;
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        int read = _source.Read(prefix, _next);
        if (read == 0)
        {
            return null;
        }

        if (read < PrefixBytes)
        {
            throw Truncated(start, PrefixBytes, read);
        }

        int dimension = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        return dimension is >= 1 and <= Limits.MaxDimension
            ? dimension
            : throw FileFault.Corrupt(
                _source.Path, _next, start, $"says dimension {dimension}; 1 to {Limits.MaxDimension} are possible");
    }

    private Index.Errors.BigrainException Truncated(long start, long expected, long found) =>
        FileFault.Corrupt(
            _source.Path, _next, start, $"the file ends after {found} of the row's {expected} bytes; fetch the file again");
}
