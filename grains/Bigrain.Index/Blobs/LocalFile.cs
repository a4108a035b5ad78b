namespace Bigrain.Index.Blobs;

/// <summary>A local copy of an immutable blob; it stays at its path until disposed.</summary>
/// <remarks>Read only: writing to the file would change the store itself where the store is a folder.
/// Unmap it before disposing.</remarks>
public sealed class LocalFile : IDisposable
{
    private Action? _release;

    /// <summary>Makes a handle on a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="release">Called once at disposal; null when nothing has to be given back.</param>
    public LocalFile(string path, long lengthBytes, Action? release)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        LengthBytes = lengthBytes;
        _release = release;
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Length of the file in bytes.</summary>
    public long LengthBytes { get; }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
