namespace Bigrain.Cli.Files;

/// <summary>Lines of a source as bytes, without their line ends.</summary>
internal sealed class LineReader
{
    private const int MaxLineBytes = 32 << 20;

    private readonly ByteSource _source;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Reads lines from where the source stands.</summary>
    public LineReader(ByteSource source) => _source = source;

    /// <summary>Offset of the line last returned.</summary>
    public long LineOffset { get; private set; }

    /// <summary>Reads the next line.</summary>
    /// <param name="row">Row being read, for the error.</param>
    /// <param name="line">The line; valid until the next call.</param>
    /// <returns>False after the last line.</returns>
    /// <exception cref="Index.Errors.BigrainException">The line passes 32 MiB, or the gzip is damaged.</exception>
    public bool TryRead(long row, out ReadOnlySpan<byte> line)
    {
        int scanned = 0;
        while (true)
        {
            int newline = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = Take(scanned + newline, separator: 1);
                return true;
            }

            scanned = _end - _start;
            if (!Fill(row))
            {
                line = Take(scanned, separator: 0);
                return scanned > 0;
            }
        }
    }

    private ReadOnlySpan<byte> Take(int length, int separator)
    {
        LineOffset = _source.Offset - (_end - _start);
        ReadOnlySpan<byte> line = _buffer.AsSpan(_start, length);
        _start += length + separator;
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    private bool Fill(long row)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_end >= MaxLineBytes)
            {
                throw FileFault.Row(_source.Path, row, _source.Offset - _end, $"the line is longer than {MaxLineBytes} bytes");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = _source.ReadSome(_buffer.AsSpan(_end), row);
        _end += read;
        return read > 0;
    }
}
