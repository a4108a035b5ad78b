using System.Runtime.InteropServices;

namespace Bigrain.Index.Segments.Files;

/// <summary>Bytes appended once and then read at random: in native memory while small, in a work file beyond.</summary>
/// <remarks>One thread at a time. <see cref="Seal"/> stands between appending and reading.</remarks>
internal sealed unsafe class Spool : IDisposable
{
    private const int FirstBytes = 1 << 16;
    private const int FileBufferBytes = 1 << 20;

    private readonly string _path;
    private readonly long _memoryLimit;
    private byte* _memory;
    private long _capacity;
    private long _buffered;
    private long _filed;
    private FileStream? _file;
    private MappedFile? _mapped;
    private byte* _sealed;

    /// <summary>Makes an empty spool.</summary>
    /// <param name="path">Where the file goes if one is needed.</param>
    /// <param name="memoryLimit">Most bytes kept in memory.</param>
    public Spool(string path, long memoryLimit)
    {
        _path = path;
        _memoryLimit = Math.Max(memoryLimit, FileBufferBytes);
    }

    ~Spool() => Free();

    public long LengthBytes => _filed + _buffered;

    public bool InMemory => _file is null;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
    }

    /// <summary>Appends bytes that the caller fills in before the next call.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_buffered + bytes > _capacity)
        {
            MakeRoom(bytes);
        }

        var taken = new Span<byte>(_memory + _buffered, bytes);
        _buffered += bytes;
        return taken;
    }

    /// <summary>Ends appending: from here on the bytes can be read.</summary>
    public void Seal()
    {
        if (_file is null)
        {
            _sealed = _memory;
            return;
        }

        FlushToFile();
        Free();
        _file.Dispose();
        _mapped = new MappedFile(_path, _filed);
        _sealed = _mapped.Pointer;
    }

    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, LengthBytes - length);
        return new ReadOnlySpan<byte>(_sealed + offset, length);
    }

    public void Dispose()
    {
        _sealed = null;
        _mapped?.Dispose();
        _file?.Dispose();
        Free();
        GC.SuppressFinalize(this);
        if (_file is not null)
        {
            File.Delete(_path);
        }
    }

    private void MakeRoom(int bytes)
    {
        if (_file is null && LengthBytes + bytes > _memoryLimit)
        {
            _file = WorkFile.Create(_path);
        }

        if (_file is not null)
        {
            FlushToFile();
            if (bytes <= _capacity)
            {
                return;
            }
        }

        long wanted = Math.Max(Math.Max(FirstBytes, _capacity * 2), _buffered + bytes);
        _memory = (byte*)NativeMemory.Realloc(_memory, (nuint)wanted);
        _capacity = wanted;
    }

    private void FlushToFile()
    {
        for (long offset = 0; offset < _buffered; offset += FileBufferBytes)
        {
            WorkFile.Write(_file!, new ReadOnlySpan<byte>(_memory + offset, (int)Math.Min(FileBufferBytes, _buffered - offset)));
        }

        _filed += _buffered;
        _buffered = 0;
    }

    private void Free()
    {
        NativeMemory.Free(_memory);
        _memory = null;
        _capacity = 0;
    }
}
