using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Log;

/// <summary>Reads the log of one stream: the truth of what was written.</summary>
/// <remarks>Thread safe.</remarks>
/// <param name="store">Where the log is.</param>
/// <param name="key">The stream.</param>
public sealed class LogReader(IBlobStore store, StreamKey key)
{
    /// <summary>The stream.</summary>
    public StreamKey Key { get; } = key;

    /// <summary>Reads one entry.</summary>
    /// <param name="sequence">Its position, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The entry, or null when there is none: at or above the trimmed floor that is the end of the log.</returns>
    /// <exception cref="CorruptBlobException">The blob is damaged.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<LogEntry?> ReadAsync(long sequence, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        string name = DataPaths.WalEntry(Key.Incarnation, Key.Stream, sequence);
        BlobContent? content = await store.ReadAsync(name, cancellationToken);
        return content is null ? null : LogEntry.Parse(Key, sequence, name, content.Bytes);
    }

    /// <summary>Reads from a position to the end: the first absent name.</summary>
    /// <param name="first">The first position, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async IAsyncEnumerable<LogEntry> ReadFromAsync(long first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long sequence = first; await ReadAsync(sequence, cancellationToken) is { } entry; sequence++)
        {
            yield return entry;
        }
    }
}
