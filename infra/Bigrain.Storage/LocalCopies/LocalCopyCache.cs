using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.LocalFolder;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.LocalCopies;

/// <summary>Local copies of immutable blobs of a remote store: each fetched once, kept on disk within a byte budget, over restarts too.</summary>
/// <remarks>Thread safe. The least recently opened file that nobody uses goes first. A file found at start is checked against its
/// checksum before its first use. What is said to be of no more use goes at once. The folder belongs to one process at a time.</remarks>
public sealed partial class LocalCopyCache : ILocalFiles, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LocalCopy> _copies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<LocalCopy?>> _running = new(StringComparer.Ordinal);
    private readonly LinkedList<LocalCopy> _recentFirst = new();
    private readonly IBlobStore _store;
    private readonly LocalCopyOptions _options;
    private readonly LocalCopyFiles _files;
    private readonly ILogger _logger;
    private readonly SafeFileHandle _folderLock;
    private long _usedBytes;

    /// <summary>Takes the folder, making it where it is absent.</summary>
    /// <param name="store">Where the blobs are.</param>
    /// <param name="options">Settings, validated.</param>
    /// <param name="random">Names of files on their way.</param>
    /// <param name="logger">Receives state changes.</param>
    /// <exception cref="BlobStoreException">The folder cannot be used, or another process uses it.</exception>
    public LocalCopyCache(IBlobStore store, LocalCopyOptions options, IRandomSource random, ILogger<LocalCopyCache> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _store = store;
        _options = options;
        _logger = logger;
        string folder = Path.GetFullPath(options.Path);
        _files = new LocalCopyFiles(store, folder, options.PartBytes, random);
        try
        {
            Directory.CreateDirectory(folder);
            _folderLock = File.OpenHandle(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            foreach (LocalCopy copy in _files.Scan())
            {
                Add(copy);
            }
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("open", folder, error);
        }

        LogOpened(_logger, folder, _copies.Count, _usedBytes, options.BudgetBytes);
    }

    /// <summary>Bytes of copies on disk, those being fetched included.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
            {
                return _usedBytes;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<LocalFile?> OpenAsync(string blobName, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(blobName);
        string key = LocalCopyFiles.KeyOf(blobName);
        while (true)
        {
            Task<LocalCopy?> running;
            lock (_lock)
            {
                if (_copies.TryGetValue(key, out LocalCopy? copy) && copy.IsVerified)
                {
                    return Use(copy);
                }

                if (!_running.TryGetValue(key, out running!))
                {
                    // Not the caller's token: others may wait for the same file.
                    running = Task.Run(() => ProvideAsync(key, blobName), CancellationToken.None);
                    _running[key] = running;
                }
            }

            if (await running.WaitAsync(cancellationToken).ConfigureAwait(false) is null)
            {
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public void Forget(string blobName)
    {
        lock (_lock)
        {
            if (_copies.TryGetValue(LocalCopyFiles.KeyOf(blobName), out LocalCopy? copy))
            {
                copy.IsForgotten = true;
                RemoveIfForgotten(copy);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folderLock.Dispose();

    private async Task<LocalCopy?> ProvideAsync(string key, string blobName)
    {
        try
        {
            return Recheck(key, blobName) ?? await FetchAsync(blobName).ConfigureAwait(false);
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("copy", blobName, error);
        }
        finally
        {
            lock (_lock)
            {
                _running.Remove(key);
            }
        }
    }

    // A copy of an earlier process: its bytes may have rotted, or a power cut may have taken them.
    private LocalCopy? Recheck(string key, string blobName)
    {
        LocalCopy? copy;
        lock (_lock)
        {
            if (!_copies.TryGetValue(key, out copy))
            {
                return null;
            }

            copy.UserCount++;
        }

        bool matches = File.Exists(copy.Path) && _files.Matches(copy);
        lock (_lock)
        {
            copy.UserCount--;
            copy.IsVerified = matches;
            if (matches)
            {
                return copy;
            }

            Remove(copy);
        }

        LogRotten(_logger, blobName);
        return null;
    }

    private async Task<LocalCopy?> FetchAsync(string blobName)
    {
        if (await _store.GetPropertiesAsync(blobName, CancellationToken.None).ConfigureAwait(false) is not { } properties)
        {
            return null;
        }

        Reserve(blobName, properties.LengthBytes);
        LocalCopy? copy = null;
        try
        {
            copy = await _files.DownloadAsync(blobName, properties.LengthBytes, CancellationToken.None).ConfigureAwait(false);
            return copy;
        }
        finally
        {
            lock (_lock)
            {
                _usedBytes -= properties.LengthBytes;
                if (copy is not null)
                {
                    Add(copy);
                }
            }
        }
    }

    private void Reserve(string blobName, long bytes)
    {
        lock (_lock)
        {
            for (LinkedListNode<LocalCopy>? node = _recentFirst.Last; node is not null && _usedBytes + bytes > _options.BudgetBytes;)
            {
                LocalCopy copy = node.Value;
                node = node.Previous;
                if (copy.UserCount == 0)
                {
                    Remove(copy);
                }
            }

            if (_usedBytes + bytes > _options.BudgetBytes)
            {
                throw new BlobStoreException("copy", blobName, BlobFailure.Full, new IOException(
                    $"it has {bytes} bytes, and {_usedBytes} of {_options.BudgetBytes} bytes of local copies are in use: raise Storage:LocalCopies:BudgetBytes or add a silo"));
            }

            _usedBytes += bytes;
        }
    }

    private LocalFile Use(LocalCopy copy)
    {
        // Wanted again after all, as after a rollback to a generation whose manifest still names it.
        copy.IsForgotten = false;
        copy.UserCount++;
        _recentFirst.Remove(copy.Node!);
        _recentFirst.AddFirst(copy.Node!);
        return new LocalFile(copy.Path, copy.LengthBytes, () =>
        {
            lock (_lock)
            {
                copy.UserCount--;
                RemoveIfForgotten(copy);
            }
        });
    }

    private void RemoveIfForgotten(LocalCopy copy)
    {
        if (copy is { IsForgotten: true, UserCount: 0 } && _copies.GetValueOrDefault(copy.Key) == copy)
        {
            Remove(copy);
        }
    }

    private void Add(LocalCopy copy)
    {
        if (_copies.TryGetValue(copy.Key, out LocalCopy? other))
        {
            Remove(other);
        }

        _copies[copy.Key] = copy;
        copy.Node = _recentFirst.AddFirst(copy);
        _usedBytes += copy.LengthBytes;
    }

    private void Remove(LocalCopy copy)
    {
        _copies.Remove(copy.Key);
        _recentFirst.Remove(copy.Node!);
        _usedBytes -= copy.LengthBytes;
        try
        {
            File.Delete(copy.Path);
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            LogNotRemoved(_logger, copy.Path, error);
        }
    }
}
