using System.Globalization;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;
using Bigrain.Index.Randomness;

namespace Bigrain.Index.Log;

/// <summary>The right to append to one stream's log, as long as nobody takes it over.</summary>
/// <remarks>
/// <para>Opening: (1) claim EPOCH by compare-and-swap, (2) adopt what the log holds, (3) put a fence at its end. From then
/// on an older owner finds its next name taken by a higher epoch.</para>
/// <para>Appending: (1) create the next name, (2) check that EPOCH is still ours, (3) only then it is acknowledged. The check
/// matters to an owner that slept so long that its next name was deleted again below the floor: creating it succeeds.</para>
/// <para>A name whose outcome is unknown is settled before any other name is written. Not thread safe: one call at a time.
/// The protocol is that of slatedb's manifest and WAL fencing.</para>
/// </remarks>
internal sealed class StreamLog
{
    private readonly IBlobStore _store;
    private readonly TimeProvider _time;
    private readonly SettledWrites _writes;
    private readonly LogReader _reader;
    private readonly StreamLogFlaws _flaws;
    private readonly string _epochName;
    private StreamEpoch _epoch;
    private BlobTag _epochTag;
    private LogEntry? _unsettled;
    private DateTimeOffset _lastWrittenAt = DateTimeOffset.UnixEpoch;

    private StreamLog(StreamKey key, IBlobStore store, TimeProvider time, StreamEpoch epoch, BlobTag epochTag, TimeSpan dedupeWindow, StreamLogFlaws flaws)
    {
        Key = key;
        _store = store;
        _time = time;
        _writes = new SettledWrites(store, time);
        _reader = new LogReader(store, key);
        _epochName = DataPaths.Epoch(key.Incarnation, key.Stream);
        _epoch = epoch;
        _epochTag = epochTag;
        _flaws = flaws;
        Recent = new RecentBatches(dedupeWindow);
    }

    /// <summary>The stream.</summary>
    public StreamKey Key { get; }

    /// <summary>This owner's epoch.</summary>
    public long Epoch => _epoch.Epoch;

    /// <summary>Last sequence known to be in the log; 0 for none.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Whether a newer owner was seen: every later append fails.</summary>
    public bool IsFenced { get; private set; }

    /// <summary>Batches of the last hour.</summary>
    public RecentBatches Recent { get; }

    /// <summary>Takes over a stream.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: another owner was faster.</exception>
    /// <exception cref="CorruptBlobException">The log is damaged.</exception>
    /// <exception cref="BlobStoreException">The store failed; opening again is safe.</exception>
    public static async Task<StreamLog> OpenAsync(
        StreamKey key,
        IBlobStore store,
        TimeProvider time,
        IRandomSource random,
        TimeSpan dedupeWindow,
        StreamLogFlaws flaws,
        CancellationToken cancellationToken)
    {
        (StreamEpoch epoch, BlobTag tag) = await ClaimAsync(key, store, time, random, cancellationToken);
        var log = new StreamLog(key, store, time, epoch, tag, dedupeWindow, flaws);
        await log.AdoptAsync(dedupeWindow, cancellationToken);
        await log.CommitAsync(log.Next(isFence: true, []), cancellationToken);
        return log;
    }

    /// <summary>Settles an earlier append whose outcome is unknown.</summary>
    /// <returns>Its entry, now acknowledged; null when there is none to settle.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: a newer owner exists.</exception>
    /// <exception cref="BlobStoreException">Still unknown.</exception>
    public async Task<LogEntry?> SettleAsync(CancellationToken cancellationToken)
    {
        ThrowIfFenced();
        return _unsettled is { } entry ? await CommitAsync(entry, cancellationToken) : null;
    }

    /// <summary>Appends one entry.</summary>
    /// <param name="batches">Its batches; nothing else may be unsettled.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown and <see cref="SettleAsync"/> comes first.</param>
    /// <returns>The entry, durable and acknowledged.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: a newer owner exists.</exception>
    /// <exception cref="BlobStoreException">The outcome is unknown, or nothing was written.</exception>
    public Task<LogEntry> AppendAsync(IReadOnlyList<LogBatch> batches, CancellationToken cancellationToken)
    {
        ThrowIfFenced();
        if (_unsettled is not null)
        {
            throw new InvalidOperationException("an earlier append is not settled");
        }

        return CommitAsync(Next(isFence: false, batches), cancellationToken);
    }

    /// <summary>Raises the floor: entries below it may then be deleted.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: a newer owner exists.</exception>
    public async Task RaiseFloorAsync(long floor, CancellationToken cancellationToken)
    {
        ThrowIfFenced();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(floor, LastSequence + 1);
        if (floor <= _epoch.Floor)
        {
            return;
        }

        StreamEpoch raised = _epoch with { Floor = floor };
        SettledWrite written = await _writes.ReplaceAsync(_epochName, _epochTag, Encode(raised), cancellationToken);
        if (written.Tag is not { } tag)
        {
            throw Fence(0);
        }

        _epoch = raised;
        _epochTag = tag;
    }

    private static async Task<(StreamEpoch Epoch, BlobTag Tag)> ClaimAsync(
        StreamKey key, IBlobStore store, TimeProvider time, IRandomSource random, CancellationToken cancellationToken)
    {
        string name = DataPaths.Epoch(key.Incarnation, key.Stream);
        var writes = new SettledWrites(store, time);
        string owner = string.Create(CultureInfo.InvariantCulture, $"{random.NextUInt64():x16}{random.NextUInt64():x16}");
        BlobContent? content = await writes.ReadAsync(token => store.ReadAsync(name, token), cancellationToken);
        StreamEpoch mine;
        SettledWrite written;
        if (content is null)
        {
            await RequireNoLogAsync(key, store, name, cancellationToken);
            mine = new StreamEpoch(1, owner, 1) { Of = name };
            written = await writes.CreateAsync(name, Encode(mine), cancellationToken);
        }
        else
        {
            StreamEpoch before = Decode(name, content);
            mine = new StreamEpoch(before.Epoch + 1, owner, before.Floor) { Of = name };
            written = await writes.ReplaceAsync(name, content.Tag, Encode(mine), cancellationToken);
        }

        return written.Tag is { } tag
            ? (mine, tag)
            : throw new BigrainException(ErrorCode.Fenced, $"another owner opened stream {key} in the same moment");
    }

    /// <summary>An EPOCH that went away would let epochs start again below those in the log.</summary>
    private static async Task RequireNoLogAsync(StreamKey key, IBlobStore store, string epochName, CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in store.ListAsync(DataPaths.Wal(key.Incarnation, key.Stream), null, cancellationToken))
        {
            // A competitor may have created EPOCH and its fence since we looked.
            if (await store.GetPropertiesAsync(epochName, cancellationToken) is null)
            {
                throw new CorruptBlobException(epochName, 0, $"an epoch, as '{entry.Name}' exists", "no blob");
            }

            return;
        }
    }

    private static byte[] Encode(StreamEpoch epoch) => FormatJson.Write(BlobKind.Epoch, epoch, FormatJson.Default.StreamEpoch);

    internal static StreamEpoch Decode(string name, BlobContent content)
    {
        StreamEpoch epoch = FormatJson.Read(BlobKind.Epoch, name, content.Bytes, FormatJson.Default.StreamEpoch);
        return epoch.Of is null || epoch.Of == name
            ? epoch
            : throw new CorruptBlobException(name, BlobEnvelope.HeaderBytes, "the EPOCH of this stream", $"'{epoch.Of}'");
    }

    /// <summary>Finds the end of the log and learns the batch ids of the last hour; gives up where a later epoch wrote.</summary>
    private async Task AdoptAsync(TimeSpan dedupeWindow, CancellationToken cancellationToken)
    {
        // 1. The listing finds most of the log; it is not trusted for its end.
        string prefix = DataPaths.Wal(Key.Incarnation, Key.Stream);
        long expected = _epoch.Floor;
        string before = DataPaths.WalEntry(Key.Incarnation, Key.Stream, expected - 1);
        await foreach (BlobEntry listed in _store.ListAsync(prefix, before, cancellationToken))
        {
            if (long.TryParse(listed.Name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence))
            {
                for (; expected < sequence; expected++)
                {
                    await RequireAsync(expected, cancellationToken);
                }

                expected = sequence + 1;
            }
        }

        // 2. Entries are ordered by time: find the first that must be remembered.
        long first = await FirstRecentAsync(_epoch.Floor, expected, _time.GetUtcNow() - dedupeWindow, cancellationToken);

        // 3. Forward from there until the first absent name.
        LastSequence = first - 1;
        await foreach (LogEntry entry in _reader.ReadFromAsync(first, cancellationToken))
        {
            Adopt(entry);
        }

        if (LastSequence < expected - 1)
        {
            await RequireAsync(LastSequence + 1, cancellationToken);
        }
    }

    /// <summary>First sequence in [low, high) that was written at or after a time; the last one where none was, so that its time is known.</summary>
    private async Task<long> FirstRecentAsync(long low, long high, DateTimeOffset oldest, CancellationToken cancellationToken)
    {
        long last = Math.Max(low, high - 1);
        while (low < last)
        {
            long middle = low + ((last - low) / 2);
            if ((await RequireAsync(middle, cancellationToken)).WrittenAt < oldest)
            {
                low = middle + 1;
            }
            else
            {
                last = middle;
            }
        }

        return low;
    }

    private async Task<LogEntry> RequireAsync(long sequence, CancellationToken cancellationToken)
    {
        if (await ReadAsync(sequence, cancellationToken) is { } entry)
        {
            return entry;
        }

        // A newer owner may have raised the floor and had the entry deleted since we read EPOCH.
        if (!await IsOwnerAsync(cancellationToken))
        {
            throw Fence(0);
        }

        throw new CorruptBlobException(
            DataPaths.WalEntry(Key.Incarnation, Key.Stream, sequence), 0, "a log entry, as later ones exist", "no blob");
    }

    private Task<LogEntry?> ReadAsync(long sequence, CancellationToken cancellationToken) =>
        _writes.ReadAsync(token => new ValueTask<LogEntry?>(_reader.ReadAsync(sequence, token)), cancellationToken);

    private LogEntry Next(bool isFence, IReadOnlyList<LogBatch> batches)
    {
        DateTimeOffset now = _time.GetUtcNow();
        return LogEntry.Create(Key, LastSequence + 1, Epoch, isFence, now > _lastWrittenAt ? now : _lastWrittenAt, batches);
    }

    private async Task<LogEntry> CommitAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        while (true)
        {
            // 1. The next name, settled.
            _unsettled = entry;
            SettledWrite written;
            string name = DataPaths.WalEntry(Key.Incarnation, Key.Stream, entry.Sequence);
            try
            {
                written = await _writes.CreateAsync(name, entry.Bytes, cancellationToken);
            }
            catch (BlobStoreException) when (_flaws.HasFlag(StreamLogFlaws.ForgetUnknownOutcome))
            {
                _unsettled = null;
                LastSequence++;
                throw;
            }

            if (written is { Tag: null, Found: { } found })
            {
                LogEntry other = LogEntry.Parse(Key, entry.Sequence, name, found.Bytes);
                if (other.Epoch >= Epoch)
                {
                    throw Fence(other.Epoch);
                }

                // An older owner's last entry, written after we looked: it comes before ours.
                Adopt(other);
                entry = Next(entry.IsFence, entry.Batches);
                continue;
            }

            // 2. Still the owner?
            await RequireEpochAsync(cancellationToken);
            if (written.Tag is null)
            {
                continue;
            }

            // 3. Acknowledged.
            _unsettled = null;
            Adopt(entry);
            return entry;
        }
    }

    private async Task RequireEpochAsync(CancellationToken cancellationToken)
    {
        if (_flaws.HasFlag(StreamLogFlaws.SkipEpochCheck))
        {
            return;
        }

        if (!await IsOwnerAsync(cancellationToken))
        {
            throw Fence(0);
        }
    }

    private async Task<bool> IsOwnerAsync(CancellationToken cancellationToken)
    {
        BlobProperties? properties = await _writes.ReadAsync(token => _store.GetPropertiesAsync(_epochName, token), cancellationToken);
        return properties?.Tag == _epochTag;
    }

    private void Adopt(LogEntry entry)
    {
        Remember(entry);
        LastSequence = entry.Sequence;
    }

    private void Remember(LogEntry entry)
    {
        // Somebody claimed a later epoch and fenced while we were reading: a fence of ours must not follow theirs.
        if (entry.Epoch > Epoch)
        {
            throw Fence(entry.Epoch);
        }

        _lastWrittenAt = entry.WrittenAt > _lastWrittenAt ? entry.WrittenAt : _lastWrittenAt;
        if (!_flaws.HasFlag(StreamLogFlaws.ForgetBatchIds))
        {
            Recent.Add(entry);
        }
    }

    private void ThrowIfFenced()
    {
        if (IsFenced)
        {
            throw Fence(0);
        }
    }

    private BigrainException Fence(long newerEpoch)
    {
        IsFenced = true;
        _unsettled = null;
        return new BigrainException(
            ErrorCode.Fenced,
            newerEpoch > 0
                ? FormattableString.Invariant($"stream {Key} belongs to epoch {newerEpoch} now, this owner has {Epoch}: open it again")
                : FormattableString.Invariant($"stream {Key} belongs to a newer owner than epoch {Epoch}: open it again"));
    }
}
