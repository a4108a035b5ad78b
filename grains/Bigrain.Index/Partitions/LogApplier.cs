using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

/// <summary>The log's side of an open partition: applies the entries of its streams in order to the lineage that is searched.</summary>
/// <remarks>Applying is serial, and so is reading a stream, but entries that are pushed do not wait for those that are read: a slow store
/// must not keep what writers send. Any number of threads may call.</remarks>
internal sealed partial class LogApplier
{
    // Earlier than late, so that under steady traffic the log is read beside the queries and not before them.
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(1.5);

    // An end that took longer to find is looked for once more, as knowledge that old is soon too old.
    private static readonly TimeSpan QuickRead = TimeSpan.FromSeconds(1);

    // A log that has not ended by then grows faster than it can be read: others get their turn.
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(20);

    // Entries that pushes are ahead of a reader, from which on it goes on behind them.
    private const int OvertakenBy = 16;

    private const int UnlockedPasses = 4;

    private readonly PartitionParts _parts;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim[] _reading;
    private volatile PartitionLineage _lineage;
    private int _refreshing;

    /// <param name="parts">The partition.</param>
    /// <param name="lineage">What is searched first.</param>
    public LogApplier(PartitionParts parts, PartitionLineage lineage)
    {
        _parts = parts;
        _logger = parts.Services.Loggers.CreateLogger<LogApplier>();
        _reading = [.. parts.Readers.Select(static _ => new SemaphoreSlim(1, 1))];
        _lineage = lineage;
        lineage.ReportFreshness(parts);
    }

    /// <summary>What entries are applied to.</summary>
    public PartitionLineage Lineage => _lineage;

    /// <summary>How old the knowledge is that the whole log is applied; the oldest of its streams.</summary>
    public TimeSpan Age
    {
        get
        {
            TimeSpan oldest = TimeSpan.Zero;
            foreach (int stream in _parts.Streams)
            {
                TimeSpan age = _parts.Freshness.AgeOf(stream);
                oldest = age > oldest ? age : oldest;
            }

            return oldest;
        }
    }

    /// <summary>Applies a committed entry. One that was applied before changes nothing; a gap is read from the log first.</summary>
    public async ValueTask PushAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        _parts.Readers[entry.Stream].Keep(entry);

        // Not left to a reader in the background: while it reads, further entries come, and pushes would never meet the log's end again.
        if (!await TryApplyAsync(entry, cancellationToken))
        {
            await FillGapAsync(entry.Stream, entry.Sequence - 1, cancellationToken);
            await ApplyAsync(entry, cancellationToken);
        }
    }

    /// <summary>Reads the log of every followed stream until the next name is absent; what was applied stays.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(_parts.Streams.Select(stream => CatchUpAsync(stream, cancellationToken)));
        }
        catch (OperationCanceledException)
        {
            // Whoever asks next shall not have to begin anew.
            RefreshInBackground();
            throw;
        }
    }

    /// <summary>Reads the log of one stream until the next name is absent; what was applied stays.</summary>
    public async Task CatchUpAsync(int stream, CancellationToken cancellationToken)
    {
        long askedAt = _parts.Services.Time.GetTimestamp();
        await _reading[stream].WaitAsync(cancellationToken);
        try
        {
            // Of many queries that wait here, the first reads for all.
            if (!_parts.Freshness.WasReadSince(stream, askedAt))
            {
                await ReadToEndAsync(stream, cancellationToken);
            }
        }
        finally
        {
            _reading[stream].Release();
        }
    }

    /// <summary>Takes in a writer's heartbeat, and reads the log in the background where it shows that entries are missing.</summary>
    public void Heard(int stream, long epoch, long lastSequence)
    {
        if (_parts.Freshness.Heard(stream, epoch, lastSequence, _lineage.State.Published(stream)))
        {
            RefreshInBackground();
        }
    }

    /// <summary>Whether the knowledge is young enough for a query; sees to it that it is renewed before it is too old.</summary>
    public bool IsFresh()
    {
        TimeSpan age = Age;
        if (age > RefreshAfter && age <= Partition.LateAfter)
        {
            RefreshInBackground();
        }

        return age <= Partition.LateAfter && !_lineage.IsLost;
    }

    /// <summary>Makes a lineage the one that is searched, once it has applied all that the old one had.</summary>
    public async Task SwapAsync(PartitionLineage next, CancellationToken cancellationToken)
    {
        // Nearly all of it before the lock, for which pushed entries wait.
        for (int pass = 0; pass < UnlockedPasses; pass++)
        {
            await ReadAsFarAsync(next.State, cancellationToken);
        }

        await _parts.Applying.WaitAsync(cancellationToken);
        try
        {
            await ReadAsFarAsync(next.State, cancellationToken);
            next.State.Publish();
            _lineage = next;
            next.ReportFreshness(_parts);
        }
        finally
        {
            _parts.Applying.Release();
        }
    }

    private async Task FillGapAsync(int stream, long last, CancellationToken cancellationToken)
    {
        await _reading[stream].WaitAsync(cancellationToken);
        try
        {
            if (_lineage.State.Applied(stream) < last)
            {
                long end = await ReadOnAsync(stream, last, cancellationToken);
                if (end <= last)
                {
                    await RequireKeptAsync(stream, end, cancellationToken);
                }
            }
        }
        finally
        {
            _reading[stream].Release();
        }
    }

    /// <summary>Reads and applies the log on from what is applied, to a name that is absent: the log's end as of the start of that reading.</summary>
    private async Task ReadToEndAsync(int stream, CancellationToken cancellationToken)
    {
        TimeProvider time = _parts.Services.Time;
        long readAt = time.GetTimestamp();
        long first = _lineage.State.Applied(stream) + 1;
        long end = await ReadOnAsync(stream, long.MaxValue, cancellationToken);
        if (end > first && time.GetElapsedTime(readAt) > QuickRead)
        {
            // No more than once: from a store that is slower than the writers something always came meanwhile.
            readAt = time.GetTimestamp();
            end = await ReadOnAsync(stream, long.MaxValue, cancellationToken);
        }

        await RequireKeptAsync(stream, end, cancellationToken);
        _parts.Freshness.ReadToEnd(stream, readAt);
    }

    /// <summary>Reads and applies the log on from what is applied, at most to a sequence.</summary>
    /// <returns>The first name that is absent; one beyond the sequence when that was reached.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>: no end was found in time, or the log was trimmed.</exception>
    private async Task<long> ReadOnAsync(int stream, long last, CancellationToken cancellationToken)
    {
        long began = _parts.Services.Time.GetTimestamp();
        while (true)
        {
            long next = _lineage.State.Applied(stream) + 1;
            bool isKept = false, isOvertaken = false;
            await foreach (LogEntry entry in _parts.Readers[stream].ReadFromAsync(next, cancellationToken))
            {
                if (!isKept)
                {
                    await RequireKeptAsync(stream, next, cancellationToken);
                    isKept = true;
                }

                await ApplyAsync(entry, cancellationToken);
                next = entry.Sequence + 1;
                if (next > last)
                {
                    return next;
                }

                if (_parts.Services.Time.GetElapsedTime(began) > ReadWithin)
                {
                    throw new BigrainException(
                        ErrorCode.Unavailable, $"the log of stream {stream} grows faster than the store lets partition {_parts.Key.Partition} read it: retry");
                }

                isOvertaken = _lineage.State.Applied(stream) - entry.Sequence > OvertakenBy;
                if (isOvertaken)
                {
                    break;
                }
            }

            if (!isOvertaken)
            {
                return next;
            }
        }
    }

    /// <summary>Applies to a lineage that is not searched yet what the one that is has more, from the log.</summary>
    private async Task ReadAsFarAsync(PartitionState next, CancellationToken cancellationToken)
    {
        foreach (int stream in _parts.Streams)
        {
            long last = _lineage.State.Published(stream);
            if (next.Applied(stream) >= last)
            {
                continue;
            }

            await foreach (LogEntry entry in _parts.Readers[stream].ReadFromAsync(next.Applied(stream) + 1, cancellationToken))
            {
                next.Apply(entry);
                if (entry.Sequence >= last)
                {
                    break;
                }
            }

            if (next.Applied(stream) < last)
            {
                throw CannotRead(stream, next.Applied(stream) + 1);
            }
        }
    }

    private async ValueTask ApplyAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        if (!await TryApplyAsync(entry, cancellationToken))
        {
            throw CannotRead(entry.Stream, _lineage.State.Applied(entry.Stream) + 1);
        }
    }

    /// <summary>Applies an entry and shows it, unless that was done before.</summary>
    /// <returns>False when entries before it are missing.</returns>
    private async ValueTask<bool> TryApplyAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        await _parts.Applying.WaitAsync(cancellationToken);
        try
        {
            PartitionState state = _lineage.State;
            long next = state.Applied(entry.Stream) + 1;
            if (entry.Sequence == next)
            {
                state.Apply(entry);
                state.Publish();
            }

            return entry.Sequence <= next;
        }
        finally
        {
            _parts.Applying.Release();
        }
    }

    /// <summary>Requires that the log still has, or will have, an entry. Below the stream's floor a name that is absent is not the log's end, and
    /// one that is there may have been made again by an owner that slept: only the manifest tells what was.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>: it was trimmed. Where that is more than was applied meanwhile,
    /// <see cref="Partition.FollowAsync"/> brings it.</exception>
    private async ValueTask RequireKeptAsync(int stream, long sequence, CancellationToken cancellationToken)
    {
        long? floor = await _parts.Readers[stream].ReadFloorAsync(cancellationToken);
        if (floor > sequence)
        {
            // A newer lineage may have been swapped in since the name was asked for, which has what the log has no more.
            PartitionLineage lineage = _lineage;
            if (floor > lineage.State.Applied(stream) + 1)
            {
                lineage.Lose();
            }

            throw new BigrainException(
                ErrorCode.Unavailable, $"log entry {sequence} of stream {stream} was trimmed before partition {_parts.Key.Partition} read it: retry");
        }
    }

    private static BigrainException CannotRead(int stream, long sequence) => new(
        ErrorCode.Unavailable, $"log entry {sequence} of stream {stream} cannot be read yet: retry");

    private void RefreshInBackground()
    {
        if (Interlocked.Exchange(ref _refreshing, 1) == 0)
        {
            _parts.Services.Background(RefreshAsync);
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            await CatchUpAsync(CancellationToken.None);
        }
#pragma warning disable CA1031 // background work: a query that needs it reads the log itself and says what failed
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogCannotRefresh(_logger, failure, _parts.Key);
        }
        finally
        {
            Volatile.Write(ref _refreshing, 0);
        }
    }
}
