using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Bigrain.Index.Manifests;

namespace Bigrain.Index.Segments.Files;

/// <summary>Write-only stream into a file of the work directory that hashes what passes through.</summary>
internal sealed class SegmentFileStream : Stream
{
    private const int BufferBytes = 1 << 20;

    private readonly FileStream _file;
    private readonly XxHash128 _hash = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _used;
    private long _flushed;

    public SegmentFileStream(string path) => _file = WorkFile.Create(path);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Position;

    public override long Position
    {
        get => _flushed + _used;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, BufferBytes - _used);
            buffer[..count].CopyTo(_buffer.AsSpan(_used));
            _used += count;
            buffer = buffer[count..];
            if (_used == BufferBytes)
            {
                Flush();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);

    /// <summary>Writes zeros up to a position.</summary>
    public void PadTo(long position)
    {
        Span<byte> zeros = stackalloc byte[256];
        zeros.Clear();
        while (Position < position)
        {
            Write(zeros[..(int)Math.Min(zeros.Length, position - Position)]);
        }
    }

    /// <summary>Writes the hash of everything written so far.</summary>
    public void WriteTrailer()
    {
        Flush();
        Write(_hash.GetCurrentHash());
    }

    /// <summary>Ends the file.</summary>
    /// <param name="name">Name of the file inside the segment.</param>
    public SegmentFile Complete(string name)
    {
        Flush();
        long length = _flushed;
        _file.Dispose();
        return new SegmentFile(name, length, Convert.ToHexStringLower(_hash.GetCurrentHash()));
    }

    public override void Flush()
    {
        ReadOnlySpan<byte> pending = _buffer.AsSpan(0, _used);
        _hash.Append(pending);
        WorkFile.Write(_file, pending);
        _flushed += _used;
        _used = 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            ArrayPool<byte>.Shared.Return(Interlocked.Exchange(ref _buffer, []));
        }

        base.Dispose(disposing);
    }

    private Span<byte> Take(int bytes)
    {
        if (_used + bytes > BufferBytes)
        {
            Flush();
        }

        Span<byte> taken = _buffer.AsSpan(_used, bytes);
        _used += bytes;
        return taken;
    }
}
