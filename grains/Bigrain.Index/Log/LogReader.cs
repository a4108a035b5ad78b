using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Log;

/// <summary>Reads the log of one stream: the truth of what was written.</summary>
/// <remarks>Thread safe.</remarks>
/// <param name="store">Where the log is.</param>
/// <param name="key">The stream.</param>
/// <param name="recent">Entries that need not be read again; null: all are read.</param>
public sealed class LogReader(IBlobStore store, StreamKey key, RecentLog? recent = null)
{
    // Small entries cost a round trip each, so many are asked for at once; of the largest ones no more than four.
    private const int MostAhead = 16;
    private const int MostBytesAhead = 12 << 20;

    /// <summary>The stream.</summary>
    public StreamKey Key { get; } = key;

    /// <summary>Reads one entry.</summary>
    /// <param name="sequence">Its position, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The entry, or null when there is none: at or above the floor of EPOCH that is the end of the log; below it the
    /// entry was trimmed, and who still needs it must open again from a manifest.</returns>
    /// <exception cref="CorruptBlobException">The blob is damaged.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<LogEntry?> ReadAsync(long sequence, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        if (recent is not null && recent.TryGet(Key, sequence, out LogEntry? known))
        {
            return known;
        }

        string name = DataPaths.WalEntry(Key.Incarnation, Key.Stream, sequence);
        if (await store.ReadAsync(name, cancellationToken) is not { } content)
        {
            return null;
        }

        LogEntry entry = LogEntry.Parse(Key, sequence, name, content.Bytes);
        recent?.Keep(entry);
        return entry;
    }

    /// <summary>Takes an entry that came otherwise, for those that would read it.</summary>
    /// <param name="entry">An entry of this stream that is in its log.</param>
    public void Keep(LogEntry entry) => recent?.Keep(entry);

    /// <summary>Reads and checks the stream's EPOCH.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>First sequence that must be in the log; null when the stream was never opened.</returns>
    /// <exception cref="CorruptBlobException">The blob is damaged.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<long?> ReadFloorAsync(CancellationToken cancellationToken)
    {
        string name = DataPaths.Epoch(Key.Incarnation, Key.Stream);
        BlobContent? content = await store.ReadAsync(name, cancellationToken);
        return content is null ? null : StreamLog.Decode(name, content).Floor;
    }

    /// <summary>Reads from a position to the end: the first absent name. Some entries are read ahead, as a remote store takes its time.</summary>
    /// <param name="first">The first position, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async IAsyncEnumerable<LogEntry> ReadFromAsync(long first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ahead = new Queue<Task<LogEntry?>>();
        try
        {
            // One at first: most often there is nothing new.
            int depth = 1;
            while (true)
            {
                // What is kept costs nothing, and how much of it there is says nothing of how much more the store has.
                while (ahead.Count == 0 && recent is not null && recent.TryGet(Key, first, out LogEntry? known))
                {
                    first++;
                    yield return known;
                }

                while (ahead.Count < depth)
                {
                    ahead.Enqueue(ReadAsync(first++, cancellationToken));
                }

                if (await ahead.Dequeue() is not { } entry)
                {
                    yield break;
                }

                depth = Math.Min(depth + 1, Math.Clamp(MostBytesAhead / entry.Bytes.Length, 1, MostAhead));
                yield return entry;
            }
        }
        finally
        {
            // What was read past the end, or past where the caller stopped, is of no interest, its failures neither.
            foreach (Task<LogEntry?> read in ahead)
            {
                await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
    }
}
