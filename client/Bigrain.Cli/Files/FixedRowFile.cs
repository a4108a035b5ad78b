using System.Runtime.InteropServices;

namespace Bigrain.Cli.Files;

/// <summary>Rows of one width after a header that counts them: .npy, .fbin and its kin, idx.</summary>
internal sealed class FixedRowFile : IVectorFile
{
    private readonly ByteSource _source;
    private readonly RowShape _shape;
    private readonly byte[] _row;
    private long _next;

    /// <summary>Takes over a source that stands behind its header.</summary>
    /// <exception cref="Index.Errors.BigrainException">The file's length contradicts its header; the message names the first missing row.</exception>
    public FixedRowFile(ByteSource source, RowShape shape)
    {
        _source = source;
        _shape = shape;
        _row = new byte[shape.RowBytes];
        if (source.Length is { } length)
        {
            CheckLength(length - source.Offset);
        }
    }

    /// <inheritdoc/>
    public long? RowCount => _shape.RowCount;

    /// <inheritdoc/>
    public int? Dimension => _shape.Dimension;

    /// <inheritdoc/>
    public VectorRow? Read()
    {
        if (_next == _shape.RowCount)
        {
            CheckEnd();
            return null;
        }

        byte[] vector = GC.AllocateUninitializedArray<byte>(_shape.Dimension * sizeof(float));
        if (_shape.Type == ElementType.Float32)
        {
            Fill(vector);
        }
        else
        {
            Fill(_row);
            Elements.Decode(_row, _shape.Type, MemoryMarshal.Cast<byte, float>(vector.AsSpan()));
        }

        return new VectorRow(_next++, Id: null, vector, Payload: null);
    }

    /// <inheritdoc/>
    public long Skip(long count)
    {
        long rows = Math.Min(count, _shape.RowCount - _next);
        long offset = _source.Offset;
        long skipped = _source.Skip(rows * _shape.RowBytes, _next);
        if (skipped < rows * _shape.RowBytes)
        {
            throw Truncated(_next + (skipped / _shape.RowBytes), offset + skipped);
        }

        _next += rows;
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private void CheckLength(long bodyBytes)
    {
        long expected = _shape.RowCount * _shape.RowBytes;
        if (bodyBytes < expected)
        {
            throw Truncated(bodyBytes / _shape.RowBytes, _source.Length!.Value);
        }

        if (bodyBytes > expected)
        {
            throw FileFault.Header(
                _source.Path,
                0,
                $"says {_shape.RowCount} rows of {_shape.RowBytes} bytes, but {bodyBytes - expected} bytes follow them; the header and the data do not belong together");
        }
    }

    private void CheckEnd()
    {
        Span<byte> one = stackalloc byte[1];
        if (_source.Length is null && _source.Read(one, _next) > 0)
        {
            throw FileFault.Header(_source.Path, 0, $"says {_shape.RowCount} rows, but more bytes follow them");
        }
    }

    private void Fill(Span<byte> target)
    {
        int read = _source.Read(target, _next);
        if (read < target.Length)
        {
            throw Truncated(_next, _source.Offset);
        }
    }

    private Index.Errors.BigrainException Truncated(long row, long offset) =>
        FileFault.Corrupt(
            _source.Path,
            row,
            offset,
            $"the file ends here, but its header says {_shape.RowCount} rows of {_shape.RowBytes} bytes; fetch the file again");
}
