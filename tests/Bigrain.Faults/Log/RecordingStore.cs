using System.Globalization;
using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;

namespace Bigrain.Faults.Log;

/// <summary>The store itself, with a memory of every log entry that ever came to be: what the checker believes.</summary>
internal sealed class RecordingStore(IBlobStore inner, StreamKey key) : IBlobStore
{
    private readonly string _wal = DataPaths.Wal(key.Incarnation, key.Stream);

    /// <summary>The entries by sequence; a name that was deleted and made again keeps its first.</summary>
    public SortedDictionary<long, LogEntry> Entries { get; } = [];

    /// <summary>Called with each entry when it came to be.</summary>
    public Action<LogEntry>? Recorded { get; set; }

    /// <summary>Names that were deleted below the floor and made again by a sleeper.</summary>
    public int GhostCount { get; private set; }

    public async ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[content.Length - content.Position];
        content.ReadExactly(bytes);
        BlobTag? tag = await inner.CreateAsync(name, bytes, cancellationToken);
        if (tag is not null && name.StartsWith(_wal, StringComparison.Ordinal))
        {
            long sequence = long.Parse(name.AsSpan(_wal.Length), CultureInfo.InvariantCulture);
            LogEntry entry = LogEntry.Parse(key, sequence, name, bytes);
            if (Entries.TryAdd(sequence, entry))
            {
                Recorded?.Invoke(entry);
            }
            else
            {
                GhostCount++;
            }
        }

        return tag;
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadRangeAsync(name, offset, destination, cancellationToken);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.ReplaceAsync(name, expected, content, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        inner.CopyAsync(from, to, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        inner.DeleteAsync(name, expected, cancellationToken);

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in inner.ListAsync(prefix, after, cancellationToken))
        {
            yield return entry;
        }
    }
}
