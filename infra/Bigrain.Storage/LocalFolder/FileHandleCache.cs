using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Keeps recently read files open, at most a fixed number of them.</summary>
/// <remarks>Thread safe. A handle is used only while its path still shows the same file state (time and length), so a blob that was
/// replaced or deleted, by whatever process, is never served from an old handle.</remarks>
internal sealed class FileHandleCache : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _recentFirst = new();
    private readonly int _capacity;
    private bool _isDisposed;

    public FileHandleCache(int capacity)
    {
        _capacity = capacity;
    }

    /// <summary>Rents an open handle on a file.</summary>
    /// <returns>The lease; dispose it after reading.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public Lease Rent(string path)
    {
        var file = new FileInfo(path);
        bool exists = file.Exists;
        DateTime modified = exists ? file.LastWriteTimeUtc : default;
        long length = exists ? file.Length : -1;
        lock (_lock)
        {
            if (_entries.TryGetValue(path, out LinkedListNode<Entry>? node))
            {
                if (node.Value.Modified == modified && node.Value.LengthBytes == length)
                {
                    _recentFirst.Remove(node);
                    _recentFirst.AddFirst(node);
                    node.Value.UserCount++;
                    return new Lease(this, node.Value);
                }

                Drop(node);
            }
        }

        return Add(path);
    }

    /// <summary>Closes the handle of a file once nobody reads it.</summary>
    public void Forget(string path)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(path, out LinkedListNode<Entry>? node))
            {
                Drop(node);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            while (_recentFirst.Last is { } node)
            {
                Drop(node);
            }
        }
    }

    private Lease Add(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        var entry = new Entry(path, handle, File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle)) { UserCount = 1 };
        lock (_lock)
        {
            if (_isDisposed)
            {
                entry.IsDropped = true; // the lease closes it
                return new Lease(this, entry);
            }

            if (_entries.TryGetValue(path, out LinkedListNode<Entry>? other))
            {
                Drop(other);
            }

            _entries[path] = _recentFirst.AddFirst(entry);
            if (_entries.Count > _capacity)
            {
                Drop(_recentFirst.Last!);
            }
        }

        return new Lease(this, entry);
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        _recentFirst.Remove(node);
        _entries.Remove(node.Value.Path);
        node.Value.IsDropped = true;
        if (node.Value.UserCount == 0)
        {
            node.Value.Handle.Dispose();
        }
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            entry.UserCount--;
            if (entry.UserCount == 0 && entry.IsDropped)
            {
                entry.Handle.Dispose();
            }
        }
    }

    internal readonly struct Lease(FileHandleCache owner, Entry entry) : IDisposable
    {
        public SafeFileHandle Handle => entry.Handle;

        public long LengthBytes => entry.LengthBytes;

        public void Dispose() => owner.Return(entry);
    }

    internal sealed class Entry(string path, SafeFileHandle handle, DateTime modified, long lengthBytes)
    {
        public string Path { get; } = path;

        public SafeFileHandle Handle { get; } = handle;

        public DateTime Modified { get; } = modified;

        public long LengthBytes { get; } = lengthBytes;

        public int UserCount { get; set; }

        public bool IsDropped { get; set; }
    }
}
