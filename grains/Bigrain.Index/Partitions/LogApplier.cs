using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

/// <summary>The log's side of an open partition: applies the entries of its streams in order to the lineage that is searched.</summary>
/// <remarks>Applying is serial; any number of threads may ask for it.</remarks>
internal sealed partial class LogApplier
{
    // Earlier than late, so that under steady traffic the log is read beside the queries and not before them.
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(1.5);

    private readonly PartitionParts _parts;
    private readonly ILogger _logger;
    private volatile PartitionLineage _lineage;
    private int _refreshing;

    /// <param name="parts">The partition.</param>
    /// <param name="lineage">What is searched first.</param>
    public LogApplier(PartitionParts parts, PartitionLineage lineage)
    {
        _parts = parts;
        _logger = parts.Services.Loggers.CreateLogger<LogApplier>();
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
        await _parts.Applying.WaitAsync(cancellationToken);
        PartitionState state = _lineage.State;
        try
        {
            long next = state.Applied(entry.Stream) + 1;
            if (entry.Sequence > next)
            {
                await RequireKeptAsync(entry.Stream, next, cancellationToken);
                await ApplyUntilAsync(state, entry.Stream, entry.Sequence - 1, cancellationToken);
            }

            if (entry.Sequence > state.Applied(entry.Stream))
            {
                state.Apply(entry);
            }
        }
        finally
        {
            state.Publish();
            _parts.Applying.Release();
        }
    }

    /// <summary>Reads the log of every followed stream until the next name is absent; what was applied stays.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        foreach (int stream in _parts.Streams)
        {
            await CatchUpAsync(stream, cancellationToken);
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
        await _parts.Applying.WaitAsync(cancellationToken);
        try
        {
            foreach (int stream in _parts.Streams)
            {
                await ApplyUntilAsync(next.State, stream, _lineage.State.Published(stream), cancellationToken);
            }

            next.State.Publish();
            _lineage = next;
            next.ReportFreshness(_parts);
        }
        finally
        {
            _parts.Applying.Release();
        }
    }

    private async Task CatchUpAsync(int stream, CancellationToken cancellationToken)
    {
        long askedAt = _parts.Services.Time.GetTimestamp();
        await _parts.Applying.WaitAsync(cancellationToken);
        PartitionState state = _lineage.State;
        try
        {
            // Of many queries that wait here, the first reads for all.
            if (!_parts.Freshness.WasReadSince(stream, askedAt))
            {
                while (await ApplyNewAsync(state, stream, cancellationToken))
                {
                }
            }
        }
        finally
        {
            state.Publish();
            _parts.Applying.Release();
        }
    }

    /// <summary>Reads and applies the log on from what is applied.</summary>
    /// <returns>Whether there was anything. If not, the log's end is known as of the start of this call; names that were found absent while
    /// entries before them were still being read say nothing that young.</returns>
    private async Task<bool> ApplyNewAsync(PartitionState state, int stream, CancellationToken cancellationToken)
    {
        long readAt = _parts.Services.Time.GetTimestamp();
        long first = state.Applied(stream) + 1;
        bool isKept = false;
        await foreach (LogEntry entry in _parts.Readers[stream].ReadFromAsync(first, cancellationToken))
        {
            if (!isKept)
            {
                await RequireKeptAsync(stream, first, cancellationToken);
                isKept = true;
            }

            state.Apply(entry);
        }

        if (isKept)
        {
            return true;
        }

        await RequireKeptAsync(stream, first, cancellationToken);
        _parts.Freshness.ReadToEnd(stream, readAt);
        return false;
    }

    /// <summary>Requires that the log still has, or will have, an entry. Below the stream's floor a name that is absent is not the log's end, and
    /// one that is there may have been made again by an owner that slept: only the manifest tells what was.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>: it was trimmed; <see cref="Partition.FollowAsync"/> brings it.</exception>
    private async ValueTask RequireKeptAsync(int stream, long next, CancellationToken cancellationToken)
    {
        if (await _parts.Readers[stream].ReadFloorAsync(cancellationToken) > next)
        {
            _lineage.Lose();
            throw new BigrainException(
                ErrorCode.Unavailable, $"log entry {next} of stream {stream} was trimmed before partition {_parts.Key.Partition} read it: retry");
        }
    }

    /// <summary>Reads and applies the entries up to a sequence that is known to be in the log.</summary>
    private async ValueTask ApplyUntilAsync(PartitionState state, int stream, long last, CancellationToken cancellationToken)
    {
        for (long next = state.Applied(stream) + 1; next <= last; next++)
        {
            state.Apply(await _parts.Readers[stream].ReadAsync(next, cancellationToken)
                ?? throw new BigrainException(ErrorCode.Unavailable, $"log entry {next} of stream {stream} cannot be read yet: retry"));
        }
    }

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
