using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Index.Segments.Files;

/// <summary>Ranged reads of one immutable blob: from its local file where the store is a folder, else from the store.</summary>
/// <remarks>Thread safe. Local reads complete at once, on the caller's thread.</remarks>
internal sealed class BlobFile : IDisposable
{
    private readonly IBlobStore _store;
    private readonly LocalFile? _local;
    private readonly SafeFileHandle? _handle;

    private BlobFile(IBlobStore store, string name, long lengthBytes, LocalFile? local)
    {
        _store = store;
        _local = local;
        Name = name;
        LengthBytes = lengthBytes;
        if (local is not null)
        {
            _handle = File.OpenHandle(
                local.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        }
    }

    public string Name { get; }

    public long LengthBytes { get; }

    public bool IsLocal => _handle is not null;

    /// <summary>Whether reads go through a cache of blocks.</summary>
    public bool IsCached => _handle is null && _store is IBlobCache;

    /// <summary>Opens a file of a segment.</summary>
    /// <param name="store">The store.</param>
    /// <param name="local">Gives the local file; null to read through the store.</param>
    /// <param name="name">Full blob name.</param>
    /// <param name="file">What the manifest says of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptBlobException">The blob is missing or has another length.</exception>
    public static async ValueTask<BlobFile> OpenAsync(
        IBlobStore store, ILocalFiles? local, string name, SegmentFile file, CancellationToken cancellationToken)
    {
        LocalFile? copy = null;
        if (local is not null)
        {
            copy = await local.OpenAsync(name, cancellationToken).ConfigureAwait(false) ?? throw Missing(name, file);
        }

        try
        {
            long length = copy?.LengthBytes
                ?? (await store.GetPropertiesAsync(name, cancellationToken).ConfigureAwait(false))?.LengthBytes
                ?? throw Missing(name, file);
            CheckLength(name, file, length);
            return new BlobFile(store, name, file.LengthBytes, copy);
        }
        catch
        {
            copy?.Dispose();
            throw;
        }
    }

    public static CorruptBlobException Missing(string name, SegmentFile file) =>
        new(name, 0, $"{file.LengthBytes} bytes", "no such blob");

    public static void CheckLength(string name, SegmentFile file, long length)
    {
        if (length != file.LengthBytes)
        {
            throw new CorruptBlobException(name, Math.Min(length, file.LengthBytes), $"{file.LengthBytes} bytes", $"{length}");
        }
    }

    /// <summary>Fills a buffer from the blob.</summary>
    /// <exception cref="CorruptBlobException">The blob ends before.</exception>
    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (_handle is null)
        {
            return ReadStoreAsync(offset, destination, cancellationToken);
        }

        ReadLocal(offset, destination.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>The same at once; only where <see cref="IsLocal"/>.</summary>
    public void ReadLocal(long offset, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int read = Read(offset + done, destination[done..]);
            if (read == 0)
            {
                throw End(offset, destination.Length, done);
            }

            done += read;
        }
    }

    /// <summary>Drops cached bytes that turned out damaged.</summary>
    /// <returns>Whether there is a cache: another read then asks the store itself.</returns>
    public bool TryForget(long offset, int lengthBytes)
    {
        if (!IsCached)
        {
            return false;
        }

        ((IBlobCache)_store).Forget(Name, offset, lengthBytes);
        return true;
    }

    public void Dispose()
    {
        _handle?.Dispose();
        _local?.Dispose();
    }

    private int Read(long offset, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(_handle!, destination, offset);
        }
        catch (IOException error)
        {
            throw new BlobStoreException("read", Name, BlobFailure.Permanent, error);
        }
    }

    private async ValueTask ReadStoreAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int? read = await _store.ReadRangeAsync(Name, offset, destination, cancellationToken).ConfigureAwait(false);
        if (read != destination.Length)
        {
            throw End(offset, destination.Length, read ?? 0);
        }
    }

    private CorruptBlobException End(long offset, int wanted, int found) =>
        new(Name, offset + found, $"{wanted - found} more bytes", "the end");
}
