using System.IO.MemoryMappedFiles;

namespace Bigrain.Index.Segments.Files;

/// <summary>A file mapped for reading.</summary>
/// <remarks>The owner disposes it after the last reader: nobody may hold the pointer or a span past that.</remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _pointer;

    /// <summary>Maps a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="lengthBytes">Bytes to map; the file must have that many.</param>
    public MappedFile(string path, long lengthBytes)
    {
        LengthBytes = lengthBytes;
        if (lengthBytes == 0)
        {
            return;
        }

        _file = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0),
            mapName: null,
            capacity: 0,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: false);
        try
        {
            _view = _file.CreateViewAccessor(0, lengthBytes, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _pointer);
            _pointer += _view.PointerOffset;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long LengthBytes { get; }

    public byte* Pointer => _pointer;

    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, LengthBytes - length);
        return new ReadOnlySpan<byte>(_pointer + offset, length);
    }

    public void Dispose()
    {
        if (_view is not null && _pointer is not null)
        {
            _pointer = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        _view?.Dispose();
        _file?.Dispose();
    }
}
