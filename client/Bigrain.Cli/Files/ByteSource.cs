using System.Buffers;
using System.IO.Compression;
using Bigrain.Index.Errors;

namespace Bigrain.Cli.Files;

/// <summary>A file read from front to end, gzipped or not, which knows its offset and turns a broken gzip into a typed error.</summary>
internal sealed class ByteSource : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly Stream _stream;
    private readonly bool _seekable;

    private ByteSource(string path, Stream stream, bool seekable, long? length)
    {
        Path = path;
        _stream = stream;
        _seekable = seekable;
        Length = length;
    }

    /// <summary>The file's path as the user gave it.</summary>
    public string Path { get; }

    /// <summary>Bytes in all; null for a gzipped file, whose length only reading tells.</summary>
    public long? Length { get; }

    /// <summary>Offset of the next byte, in the uncompressed data.</summary>
    public long Offset { get; private set; }

    /// <summary>Opens a file; two bytes tell whether it is gzipped.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>: no such file; <see cref="ErrorCode.InvalidArgument"/>: it cannot be opened.</exception>
    public static ByteSource Open(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BigrainException(ErrorCode.NotFound, $"{path}: no such file", FileFault.Field, e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"{path}: cannot be opened: {e.Message}", FileFault.Field, e);
        }

        Span<byte> magic = stackalloc byte[2];
        int read = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        file.Position = 0;
        if (read == 2 && magic[0] == 0x1f && magic[1] == 0x8b)
        {
            Stream unpacked = new BufferedStream(new GZipStream(file, CompressionMode.Decompress), BufferBytes);
            return new ByteSource(path, unpacked, seekable: false, length: null);
        }

        return new ByteSource(path, file, seekable: true, file.Length);
    }

    /// <summary>Fills the buffer as far as the file goes.</summary>
    /// <param name="buffer">Where to put the bytes.</param>
    /// <param name="row">Row being read, for the error.</param>
    /// <returns>Bytes read; fewer than asked for only at the end of the file.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.DataCorrupt"/>: the gzip is damaged or ends early.</exception>
    public int Read(Span<byte> buffer, long row)
    {
        try
        {
            int read = _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            Offset += read;
            return read;
        }
        catch (InvalidDataException e)
        {
            throw FileFault.Corrupt(Path, row, Offset, "the gzip is damaged or ends early; fetch the file again", e);
        }
        catch (IOException e)
        {
            throw FileFault.Corrupt(Path, row, Offset, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads some bytes, at least one unless the file has ended.</summary>
    public int ReadSome(Span<byte> buffer, long row)
    {
        try
        {
            int read = _stream.Read(buffer);
            Offset += read;
            return read;
        }
        catch (InvalidDataException e)
        {
            throw FileFault.Corrupt(Path, row, Offset, "the gzip is damaged or ends early; fetch the file again", e);
        }
        catch (IOException e)
        {
            throw FileFault.Corrupt(Path, row, Offset, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Passes over bytes.</summary>
    /// <returns>How many there were, at most <paramref name="count"/>.</returns>
    public long Skip(long count, long row)
    {
        if (_seekable)
        {
            long step = Math.Min(count, Length!.Value - Offset);
            _stream.Seek(step, SeekOrigin.Current);
            Offset += step;
            return step;
        }

        byte[] scratch = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, 1 << 16));
        long left = count;
        while (left > 0)
        {
            int read = Read(scratch.AsSpan(0, (int)Math.Min(left, scratch.Length)), row);
            left -= read;
            if (read == 0)
            {
                break;
            }
        }

        ArrayPool<byte>.Shared.Return(scratch);
        return count - left;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
