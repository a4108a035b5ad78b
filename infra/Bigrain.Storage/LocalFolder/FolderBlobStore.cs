using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Blobs as files of one local folder; several processes may share it.</summary>
/// <remarks>Thread safe. Layout, order of steps and crash rules: docs/formats/local-folder.md. A cancelled write has not happened.</remarks>
public sealed partial class FolderBlobStore : IBlobStore, ILocalFiles, IDisposable
{
    private readonly FolderBlobOptions _options;
    private readonly FolderLayout _layout;
    private readonly FolderWriter _writer;
    private readonly FolderLocks _locks;
    private readonly FileHandleCache _handles;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Opens the folder, making it where it is absent, and removes what crashed writers left unpublished.</summary>
    /// <param name="options">Settings, validated.</param>
    /// <param name="time">Clock of tags, lock waits and ages.</param>
    /// <param name="random">Names of temporary files.</param>
    /// <param name="logger">Receives state changes.</param>
    /// <exception cref="BlobStoreException">The folder cannot be made or read.</exception>
    public FolderBlobStore(FolderBlobOptions options, TimeProvider time, IRandomSource random, ILogger<FolderBlobStore> logger)
        : this(options, time, random, logger, onStep: null)
    {
    }

    internal FolderBlobStore(
        FolderBlobOptions options, TimeProvider time, IRandomSource random, ILogger logger, Action<FolderStep>? onStep)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
        _logger = logger;
        _layout = new FolderLayout(options.Path);
        _writer = new FolderWriter(_layout, time, random, onStep);
        _locks = new FolderLocks(_layout.Locks, options.LockTimeout, time);
        _handles = new FileHandleCache(options.OpenFileCount);
        Open();
    }

    /// <inheritdoc/>
    public async ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        string path = _layout.PathOf(name);
        try
        {
            using SafeFileHandle file = OpenForRead(path);
            BlobTag tag = FolderTags.Of(file);
            byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)RandomAccess.GetLength(file)));
            int read = await ReadFullyAsync(file, 0, bytes, cancellationToken).ConfigureAwait(false);
            return new BlobContent(bytes.AsMemory(0, read), tag);
        }
        catch (Exception error) when (IsAbsent(error, path))
        {
            return null;
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("read", name, error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        string path = _layout.PathOf(name);
        try
        {
            using FileHandleCache.Lease lease = _handles.Rent(path);
            return await ReadFullyAsync(lease.Handle, offset, destination, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsAbsent(error, path))
        {
            return null;
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("read", name, error);
        }
    }

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken)
    {
        string path = _layout.PathOf(name);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return ValueTask.FromResult(Stat(path));
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("stat", name, error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        string path = _layout.PathOf(name);
        return await Task.Run(() => Create(name, path, content, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        string source = _layout.PathOf(from);
        string path = _layout.PathOf(to);
        return await Task.Run(() => Copy(from, source, to, path, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<BlobTag?> ReplaceAsync(
        string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        string path = _layout.PathOf(name);
        return await Task.Run(() => ReplaceCoreAsync(name, path, expected, content, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken)
    {
        string path = _layout.PathOf(name);
        return await Task.Run(() => DeleteCoreAsync(name, path, expected, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> ListAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalidPrefix(prefix);
        var listing = new FolderListing(_layout, prefix, after);
        await using IAsyncEnumerator<BlobEntry> entries = listing.RunAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await entries.MoveNextAsync().ConfigureAwait(false))
                {
                    yield break;
                }
            }
            catch (Exception error) when (FolderErrors.IsStoreError(error))
            {
                throw FolderErrors.Translate("list", prefix, error);
            }

            yield return entries.Current;
        }
    }

    /// <inheritdoc/>
    public ValueTask<LocalFile?> OpenAsync(string blobName, CancellationToken cancellationToken)
    {
        string path = _layout.PathOf(blobName);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return ValueTask.FromResult(
                new FileInfo(path) is { Exists: true } file ? new LocalFile(path, file.Length, release: null) : null);
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("open", blobName, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handles.Dispose();
        _locks.Dispose();
    }

    private BlobTag? Create(string name, string path, Stream content, CancellationToken cancellationToken)
    {
        bool isPublished = false;
        try
        {
            if (File.Exists(path))
            {
                _writer.FlushFolderOf(path); // what the caller now learns must not be lost by a power cut
                return null;
            }

            (string temporary, BlobTag tag) = _writer.WriteTemporary(content, laterThan: DateTime.UnixEpoch, cancellationToken);
            try
            {
                isPublished = _writer.TryPublishNew(temporary, path);
            }
            finally
            {
                if (!isPublished)
                {
                    FolderWriter.RemoveTemporary(temporary);
                }
            }

            _writer.FlushFolderOf(path);
            return isPublished ? tag : null;
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("create", name, error, isPublished);
        }
    }

    // A published file is never written again and was flushed before it was published: a second name for it is a durable copy once the
    // folder is flushed, and a replacement of either name puts another file there.
    private BlobTag? Copy(string from, string source, string to, string path, CancellationToken cancellationToken)
    {
        bool isPublished = false;
        try
        {
            if (File.Exists(path))
            {
                _writer.FlushFolderOf(path);
                return null;
            }

            switch (_writer.TryLinkNew(source, path))
            {
                case true:
                    isPublished = true;
                    _writer.FlushFolderOf(path);
                    return (Stat(path) ?? throw new FileNotFoundException($"'{path}' was deleted meanwhile")).Tag;
                case false:
                    _writer.FlushFolderOf(path);
                    return null;
            }

            // The volume gives no second name (Windows, too many links): the bytes are written again.
            using var content = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Create(to, path, content, cancellationToken);
        }
        catch (Exception error) when (!isPublished && IsAbsent(error, source) && !File.Exists(source))
        {
            throw new BlobStoreException("copy", from, BlobFailure.SourceMissing, error);
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("copy", to, error, isPublished);
        }
    }

    private async Task<BlobTag?> ReplaceCoreAsync(
        string name, string path, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        bool isPublished = false;
        try
        {
            if (Stat(path)?.Tag != expected)
            {
                return null;
            }

            using MemoryStream stream = ContentStream.Of(content);
            (string temporary, BlobTag tag) = _writer.WriteTemporary(stream, FolderTags.ModifiedOf(expected), cancellationToken);
            try
            {
                using IDisposable held = await _locks.TakeAsync(name, cancellationToken).ConfigureAwait(false);
                if (Stat(path)?.Tag != expected)
                {
                    return null;
                }

                _writer.Compared();
                FolderWriter.PublishOver(temporary, path);
                isPublished = true;
                _writer.FlushFolderOf(path);
            }
            finally
            {
                if (!isPublished)
                {
                    FolderWriter.RemoveTemporary(temporary);
                }
            }

            _handles.Forget(path);
            return tag;
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("replace", name, error, isPublished);
        }
    }

    // Under the lock even without a tag: a replacement that has compared must not bring a deleted blob back.
    private async Task<bool> DeleteCoreAsync(string name, string path, BlobTag? expected, CancellationToken cancellationToken)
    {
        bool isDeleted = false;
        try
        {
            using IDisposable held = await _locks.TakeAsync(name, cancellationToken).ConfigureAwait(false);
            BlobProperties? present = Stat(path);
            if (present is null || (expected is not null && present.Tag != expected))
            {
                return false;
            }

            File.Delete(path);
            isDeleted = true;
            _handles.Forget(path);
            _writer.FlushFolderOf(path);
            _writer.RemoveEmptyFolders(path);
            return true;
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("delete", name, error, isDeleted);
        }
    }

    private void Open()
    {
        try
        {
            foreach (string folder in (string[])[_layout.Root, _layout.Blobs, _layout.Temporary, _layout.Locks])
            {
                Directory.CreateDirectory(folder);
            }

            UnixFiles.FlushFolder(_layout.Root);
            int count = RemoveLeftovers();
            LogOpened(_logger, _layout.Root, count);
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            throw FolderErrors.Translate("open", _layout.Root, error);
        }
    }

    private int RemoveLeftovers()
    {
        int count = 0;
        DateTime newest = _time.GetUtcNow().UtcDateTime - _options.TemporaryFileAge;
        foreach (string path in Directory.EnumerateFiles(_layout.Temporary))
        {
            try
            {
                if (File.GetLastWriteTimeUtc(path) > newest)
                {
                    continue;
                }

                // Fails while its writer lives: that one holds the file exclusively.
                File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                File.Delete(path);
                count++;
            }
            catch (Exception error) when (FolderErrors.IsStoreError(error))
            {
                LogNotRemoved(_logger, path, error);
            }
        }

        return count;
    }

    private static BlobProperties? Stat(string path) =>
        new FileInfo(path) is { Exists: true } file
            ? new BlobProperties(FolderTags.Of(file.LastWriteTimeUtc, file.Length), file.Length)
            : null;

    private static SafeFileHandle OpenForRead(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static async ValueTask<int> ReadFullyAsync(
        SafeFileHandle file, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = await RandomAccess.ReadAsync(file, destination[total..], offset + total, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    private static bool IsAbsent(Exception error, string path) =>
        error is FileNotFoundException or DirectoryNotFoundException
        || (error is UnauthorizedAccessException && Directory.Exists(path)); // the folder of other blobs
}
