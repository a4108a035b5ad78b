using System.Buffers;
using System.Collections.Concurrent;
using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Writes files so that a name shows either nothing, the old content, or the whole new content that is already durable.</summary>
/// <remarks>Order: (1) write a temporary file on the same volume, (2) flush it, (3) publish it under its name by one atomic call,
/// (4) flush the folder. Success is reported after (4).</remarks>
internal sealed class FolderWriter
{
    private const int CopyBufferBytes = 1 << 20;
    private const int KnownFolderLimit = 16_384;
    private const int PublishAttempts = 16;

    // Coarsest modification time of file systems in use (FAT).
    private static readonly TimeSpan CoarsestStep = TimeSpan.FromSeconds(2);

    private readonly FolderLayout _layout;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly Action<FolderStep>? _onStep;
    private readonly ConcurrentDictionary<string, bool> _durableFolders = new(StringComparer.Ordinal);
    private long _lastStampTicks;

    public FolderWriter(FolderLayout layout, TimeProvider time, IRandomSource random, Action<FolderStep>? onStep)
    {
        _layout = layout;
        _time = time;
        _random = random;
        _onStep = onStep;
    }

    /// <summary>Writes and flushes a temporary file, steps (1) and (2); on failure nothing is left of it.</summary>
    /// <returns>Its path, and the tag it will have once published.</returns>
    public (string Path, BlobTag Tag) WriteTemporary(Stream content, DateTime laterThan, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_layout.Temporary, $"{_random.NextUInt64():x16}");
        try
        {
            // The exclusive share is an OS lock: a cleaner in another process sees that this file is alive.
            using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            Step(FolderStep.TemporaryMade);
            Copy(content, file, cancellationToken);
            SetStamp(file, laterThan);
            Step(FolderStep.TemporaryWritten);
            RandomAccess.FlushToDisk(file);
            BlobTag tag = FolderTags.Of(file);
            Step(FolderStep.TemporaryFlushed);
            return (path, tag);
        }
        catch
        {
            RemoveTemporary(path);
            throw;
        }
    }

    /// <summary>Publishes a temporary file if the name is free, step (3), and removes its temporary name.</summary>
    /// <returns>False when the name is taken.</returns>
    public bool TryPublishNew(string temporary, string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            EnsureFolder(Path.GetDirectoryName(path)!);
            int error = LinkOrMove(temporary, path);
            switch (error)
            {
                case 0:
                    return true;
                case UnixFiles.Exists:
                    return Directory.Exists(path) ? throw new IOException($"'{path}' is the folder of other blobs") : false;
                case UnixFiles.NoEntry when attempt < PublishAttempts:
                    // Somebody removed the empty folder since; forget what was known and make it again.
                    _durableFolders.Clear();
                    break;
                default:
                    throw UnixFiles.Failure(error, path);
            }
        }
    }

    /// <summary>Gives a published file a second name if that is free.</summary>
    /// <returns>False when the name is taken; null where the file cannot have another name.</returns>
    /// <exception cref="IOException">The file is absent, or the disk refused.</exception>
    public bool? TryLinkNew(string source, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        for (int attempt = 1; ; attempt++)
        {
            EnsureFolder(Path.GetDirectoryName(path)!);
            int error = UnixFiles.Link(source, path);
            switch (error)
            {
                case 0:
                    return true;
                case UnixFiles.Exists:
                    return Directory.Exists(path) ? throw new IOException($"'{path}' is the folder of other blobs") : false;
                case UnixFiles.NoEntry when attempt < PublishAttempts && File.Exists(source):
                    _durableFolders.Clear();
                    break;
                case UnixFiles.TooManyLinks:
                    return null;
                default:
                    // Of a source that is a folder, links are refused as not permitted: there is no such blob.
                    RemoveEmptyFolders(path);
                    throw Directory.Exists(source) ? UnixFiles.Failure(UnixFiles.NoEntry, source) : UnixFiles.Failure(error, path);
            }
        }
    }

    /// <summary>Publishes a temporary file over the present one, step (3).</summary>
    public static void PublishOver(string temporary, string path) => File.Move(temporary, path, overwrite: true);

    /// <summary>Makes the entries of the folder of a file durable, step (4).</summary>
    public void FlushFolderOf(string path)
    {
        Step(FolderStep.Published);
        try
        {
            UnixFiles.FlushFolder(Path.GetDirectoryName(path)!);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody deleted the blob and its then empty folder after it was published: that deletion is durable by itself.
        }

        Step(FolderStep.Durable);
    }

    /// <summary>Removes folders that a deletion left empty, up to the root of the blobs.</summary>
    public void RemoveEmptyFolders(string path)
    {
        for (string folder = Path.GetDirectoryName(path)!; folder.Length > _layout.Blobs.Length; folder = Path.GetDirectoryName(folder)!)
        {
            try
            {
                Directory.Delete(folder, recursive: false);
            }
            catch (IOException)
            {
                return; // not empty, or already gone
            }

            _durableFolders.TryRemove(folder, out _);
        }
    }

    /// <summary>Marks that the lock is held and the tag compared (for tests).</summary>
    public void Compared() => Step(FolderStep.TagCompared);

    /// <summary>Removes a temporary file if it is there.</summary>
    public static void RemoveTemporary(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (FolderErrors.IsStoreError(error))
        {
            // It is not a blob, and the next start removes it.
        }
    }

    private void Step(FolderStep step) => _onStep?.Invoke(step);

    private static void Copy(Stream content, SafeFileHandle file, CancellationToken cancellationToken)
    {
        long remaining = content.Length - content.Position;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(remaining, 1, CopyBufferBytes));
        try
        {
            long offset = 0;
            int read;
            while ((read = content.Read(buffer, 0, buffer.Length)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                RandomAccess.Write(file, buffer.AsSpan(0, read), offset);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void SetStamp(SafeFileHandle file, DateTime laterThan)
    {
        long last, next;
        do
        {
            last = Interlocked.Read(ref _lastStampTicks);
            next = Math.Max(Math.Max(_time.GetUtcNow().UtcTicks, last + 1), laterThan.Ticks + 1);
        }
        while (Interlocked.CompareExchange(ref _lastStampTicks, next, last) != last);

        File.SetLastWriteTimeUtc(file, new DateTime(next, DateTimeKind.Utc));
        if (File.GetLastWriteTimeUtc(file) <= laterThan)
        {
            File.SetLastWriteTimeUtc(file, laterThan + CoarsestStep);
        }
    }

    private static int LinkOrMove(string temporary, string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            int error = UnixFiles.Link(temporary, path);
            if (error == 0)
            {
                RemoveTemporary(temporary);
            }

            return error;
        }

        try
        {
            File.Move(temporary, path, overwrite: false);
            return 0;
        }
        catch (DirectoryNotFoundException)
        {
            return UnixFiles.NoEntry;
        }
        catch (IOException) when (Path.Exists(path))
        {
            return UnixFiles.Exists;
        }
    }

    // A folder counts as durable once this process flushed its parent: another process may have made it and not flushed it yet.
    private void EnsureFolder(string folder)
    {
        if (folder.Length <= _layout.Blobs.Length || _durableFolders.ContainsKey(folder))
        {
            return;
        }

        string parent = Path.GetDirectoryName(folder)!;
        EnsureFolder(parent);
        Directory.CreateDirectory(folder);
        UnixFiles.FlushFolder(parent);
        if (_durableFolders.Count >= KnownFolderLimit)
        {
            _durableFolders.Clear();
        }

        _durableFolders[folder] = true;
    }
}
