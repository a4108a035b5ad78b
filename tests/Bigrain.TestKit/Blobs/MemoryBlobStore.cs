using System.Globalization;
using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;

namespace Bigrain.TestKit.Blobs;

/// <summary>The store port in memory: what a correct store does, without faults, real time or threads of its own.</summary>
/// <remarks>Thread safe; every call completes synchronously. A listing is a snapshot per page, as in real stores: what changes between
/// two pages may or may not be seen.</remarks>
public sealed class MemoryBlobStore(TimeProvider time) : IBlobStore
{
    private readonly Lock _lock = new();
    private readonly SortedList<string, Blob> _blobs = new(StringComparer.Ordinal);
    private long _lastTag;

    public MemoryBlobStore()
        : this(TimeProvider.System)
    {
    }

    /// <summary>Entries of a listing that are read at a time. Default 1 000.</summary>
    public int ListPageCount { get; set; } = 1_000;

    /// <summary>Names now present, in order.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
            {
                return [.. _blobs.Keys];
            }
        }
    }

    /// <summary>Makes stored bytes rot: flips one bit; tag and time stay.</summary>
    public void FlipBit(string name, long byteOffset, int bit)
    {
        lock (_lock)
        {
            Blob blob = _blobs[name];
            byte[] rotten = [.. blob.Bytes];
            rotten[byteOffset] ^= (byte)(1 << bit);
            _blobs[name] = blob with { Bytes = rotten };
        }
    }

    /// <summary>Cuts stored bytes off, as a broken copy would; tag and time stay.</summary>
    public void Truncate(string name, int lengthBytes)
    {
        lock (_lock)
        {
            Blob blob = _blobs[name];
            _blobs[name] = blob with { Bytes = blob.Bytes[..lengthBytes] };
        }
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        Blob? blob = Find(name, cancellationToken);
        return ValueTask.FromResult(blob is null ? null : new BlobContent((byte[])blob.Bytes.Clone(), blob.Tag));
    }

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Blob? blob = Find(name, cancellationToken);
        if (blob is null)
        {
            return ValueTask.FromResult<int?>(null);
        }

        int count = (int)Math.Clamp(blob.Bytes.Length - offset, 0, destination.Length);
        blob.Bytes.AsSpan((int)Math.Min(offset, blob.Bytes.Length), count).CopyTo(destination.Span);
        return ValueTask.FromResult<int?>(count);
    }

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken)
    {
        Blob? blob = Find(name, cancellationToken);
        return ValueTask.FromResult(blob is null ? null : new BlobProperties(blob.Tag, blob.Bytes.Length));
    }

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        ArgumentNullException.ThrowIfNull(content);
        cancellationToken.ThrowIfCancellationRequested();
        byte[] bytes = new byte[content.Length - content.Position];
        content.ReadExactly(bytes);
        lock (_lock)
        {
            return ValueTask.FromResult(_blobs.ContainsKey(name) ? null : Put(name, bytes));
        }
    }

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(from);
        BlobNames.ThrowIfInvalid(to);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_blobs.ContainsKey(to))
            {
                return ValueTask.FromResult<BlobTag?>(null);
            }

            return _blobs.TryGetValue(from, out Blob? blob)
                ? ValueTask.FromResult(Put(to, blob.Bytes))
                : throw new BlobStoreException("copy", from, BlobFailure.SourceMissing);
        }
    }

    public ValueTask<BlobTag?> ReplaceAsync(
        string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return ValueTask.FromResult(
                _blobs.TryGetValue(name, out Blob? blob) && blob.Tag == expected ? Put(name, content.ToArray()) : null);
        }
    }

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            bool mayDelete = _blobs.TryGetValue(name, out Blob? blob) && (expected is null || blob.Tag == expected);
            return ValueTask.FromResult(mayDelete && _blobs.Remove(name));
        }
    }

    public async IAsyncEnumerable<BlobEntry> ListAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalidPrefix(prefix);
        List<BlobEntry> page;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            page = ReadPage(prefix, after);
            foreach (BlobEntry entry in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return entry;
                after = entry.Name;
            }
        }
        while (page.Count == ListPageCount);
        await ValueTask.CompletedTask;
    }

    private Blob? Find(string name, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return _blobs.GetValueOrDefault(name);
        }
    }

    private BlobTag? Put(string name, byte[] bytes)
    {
        var tag = new BlobTag((++_lastTag).ToString(CultureInfo.InvariantCulture));
        _blobs[name] = new Blob(bytes, tag, time.GetUtcNow());
        return tag;
    }

    private List<BlobEntry> ReadPage(string prefix, string? after)
    {
        lock (_lock)
        {
            return [.. _blobs
                .Skip(FirstAtLeast(after is null || string.CompareOrdinal(prefix, after) > 0 ? prefix : after))
                .SkipWhile(pair => after is not null && string.CompareOrdinal(pair.Key, after) <= 0)
                .TakeWhile(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Take(ListPageCount)
                .Select(pair => new BlobEntry(pair.Key, pair.Value.Bytes.Length, pair.Value.ModifiedAt))];
        }
    }

    private int FirstAtLeast(string key)
    {
        int low = 0, high = _blobs.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (string.CompareOrdinal(_blobs.GetKeyAtIndex(middle), key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private sealed record Blob(byte[] Bytes, BlobTag Tag, DateTimeOffset ModifiedAt);
}
