using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Randomness;
using Bigrain.Index.Segments;

namespace Bigrain.Index.Log;

/// <summary>Writes one stream: group commit, deduplication by batch id, and refusal when too much waits.</summary>
/// <remarks>
/// <para>Nothing in flight commits at once; what arrives meanwhile forms the next group, up to
/// <see cref="LogWriterOptions.GroupBytes"/>. Thread safe. It runs on whatever scheduler its callers have and starts no
/// thread.</para>
/// <para>After <see cref="ErrorCode.Fenced"/> it is of no more use: open a new one.</para>
/// </remarks>
public sealed class LogWriter : IAsyncDisposable
{
    private readonly StreamLog _log;
    private readonly LogWriterOptions _options;
    private readonly Action<LogEntry>? _committed;
    private readonly Lock _gate = new();
    private readonly Queue<PendingWrite> _queue = new();
    private readonly Dictionary<UInt128, PendingWrite> _byBatchId = [];
    private readonly CancellationTokenSource _stopping = new();
    private long _queuedBytes;
    private long _lastSequence;
    private long _wantedFloor;
    private TaskCompletionSource? _floorRaised;
    private Task _loop = Task.CompletedTask;
    private bool _running;

    private LogWriter(StreamLog log, LogWriterOptions options, Action<LogEntry>? committed)
    {
        _log = log;
        _options = options;
        _committed = committed;
        _lastSequence = log.LastSequence;
    }

    /// <summary>The stream.</summary>
    public StreamKey Key => _log.Key;

    /// <summary>This owner's epoch.</summary>
    public long Epoch => _log.Epoch;

    /// <summary>Last acknowledged sequence, or the last one found at opening; 0 for none.</summary>
    public long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>Whether a newer owner was seen.</summary>
    public bool IsFenced => _log.IsFenced;

    /// <summary>Bytes that wait or are being written.</summary>
    public long QueuedBytes => Volatile.Read(ref _queuedBytes);

    /// <summary>Asked before each write: a time to wait while the partitions that follow this stream are too far behind, otherwise null.</summary>
    public Func<TimeSpan?>? BackPressure { get; set; }

    /// <summary>Reads the versions that documents have when the log is applied up to a sequence; asked for writes with conditions, while
    /// nothing else is written to the stream.</summary>
    public Func<IReadOnlyList<ReadOnlyMemory<byte>>, long, CancellationToken, Task<IReadOnlyList<RowVersion>>>? VersionReader { get; set; }

    /// <summary>Takes over a stream and opens a writer on it.</summary>
    /// <param name="key">The stream.</param>
    /// <param name="store">Where its log is.</param>
    /// <param name="time">Clock.</param>
    /// <param name="random">Source of the owner's name.</param>
    /// <param name="options">Settings.</param>
    /// <param name="committed">Called with each acknowledged entry in order, before its senders hear of it; must return at once and not throw.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: another owner was faster;
    /// <see cref="ErrorCode.Unavailable"/>: the store failed; <see cref="ErrorCode.DataCorrupt"/>: the log is damaged.</exception>
    public static Task<LogWriter> OpenAsync(
        StreamKey key,
        IBlobStore store,
        TimeProvider time,
        IRandomSource random,
        LogWriterOptions options,
        Action<LogEntry>? committed,
        CancellationToken cancellationToken) =>
        OpenAsync(key, store, time, random, options, committed, StreamLogFlaws.None, cancellationToken);

    /// <summary>Writes a batch.</summary>
    /// <param name="packedBatch">Bytes of a <see cref="LogBatchBuilder"/>; must not change afterwards.</param>
    /// <param name="cancellationToken">Stops waiting; the batch may still be written.</param>
    /// <returns>Sequence of the entry that holds it, durable; for a batch id seen before, that of the first.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: too much waits, nothing was taken;
    /// <see cref="ErrorCode.Unavailable"/>: the store failed and the batch may or may not be in the log: send it again with the
    /// same batch id; <see cref="ErrorCode.Fenced"/>: a newer owner exists.</exception>
    public async Task<long> WriteAsync(byte[] packedBatch, CancellationToken cancellationToken) =>
        (await WriteAsync(packedBatch, [], cancellationToken)).Sequence;

    /// <summary>Writes a batch if every condition holds, whole or not at all.</summary>
    /// <param name="packedBatch">Bytes of a <see cref="LogBatchBuilder"/>; must not change afterwards.</param>
    /// <param name="conditions">Rows that need a version; each is seen after all writes before it, those of its own batch included.</param>
    /// <param name="cancellationToken">Stops waiting; the batch may still be written.</param>
    /// <returns>Where it is, or the rows that kept it out. A batch id that was written before is where it was, whatever has changed since.</returns>
    /// <exception cref="BigrainException">As without conditions; <see cref="ErrorCode.Unavailable"/> also when the versions cannot be read.</exception>
    public Task<ConditionalWrite> WriteAsync(byte[] packedBatch, ImmutableArray<WriteCondition> conditions, CancellationToken cancellationToken)
    {
        LogBatch batch;
        try
        {
            batch = LogBatch.Parse(packedBatch, $"batch for stream {Key}");
        }
        catch (CorruptBlobException corrupt)
        {
            throw new BigrainException(ErrorCode.Internal, corrupt.Message, null, corrupt);
        }

        if (conditions.Any(condition => condition.Row < 0 || condition.Row >= batch.RowCount))
        {
            throw new BigrainException(ErrorCode.Internal, $"a condition is on a row that the batch for stream {Key} does not have");
        }

        return WriteAsync(batch, conditions, cancellationToken);
    }

    /// <summary>Asks for a higher floor, which is recorded with the next writes: entries below it may then be deleted.</summary>
    /// <param name="floor">First sequence that is still needed, by every partition that follows the stream and for its batch ids.</param>
    /// <param name="cancellationToken">Stops waiting; the floor may still be raised.</param>
    /// <returns>Ends when it is recorded.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>: the store failed; <see cref="ErrorCode.Fenced"/>: a newer owner exists.</exception>
    public Task RaiseFloorAsync(long floor, CancellationToken cancellationToken)
    {
        bool start;
        Task raised;
        lock (_gate)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(floor, LastSequence + 1);
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            _wantedFloor = Math.Max(_wantedFloor, floor);
            _floorRaised ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            raised = _floorRaised.Task;
            start = !_running;
            _running = true;
        }

        if (start)
        {
            _loop = RunAsync();
        }

        return raised.WaitAsync(cancellationToken);
    }

    /// <summary>Asks for a higher floor without waiting for it.</summary>
    /// <param name="floor">First sequence that is still needed.</param>
    public void RaiseFloor(long floor) => _ = ObserveAsync(RaiseFloorAsync(floor, CancellationToken.None));

    /// <summary>Waits for what is being written and closes; batches that still wait fail as unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _loop;
        _stopping.Dispose();
    }

    internal static async Task<LogWriter> OpenAsync(
        StreamKey key,
        IBlobStore store,
        TimeProvider time,
        IRandomSource random,
        LogWriterOptions options,
        Action<LogEntry>? committed,
        StreamLogFlaws flaws,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            StreamLog log = await StreamLog.OpenAsync(key, store, time, random, options.DedupeWindow, flaws, cancellationToken);
            return new LogWriter(log, options, committed);
        }
        catch (Exception error) when (error is BlobStoreException or CorruptBlobException)
        {
            throw Translate(error);
        }
    }

    private static BigrainException Translate(Exception error) => error switch
    {
        BigrainException known => known,
        CorruptBlobException corrupt => new BigrainException(ErrorCode.DataCorrupt, corrupt.Message, null, corrupt),
        BlobStoreException { Failure: BlobFailure.Full } full => new BigrainException(
            ErrorCode.Unavailable, "the blob store is full: make room, then send the batch again with the same batchId", null, full),
        BlobStoreException store => new BigrainException(
            ErrorCode.Unavailable, "the blob store did not confirm the write: send the batch again with the same batchId", null, store),
        OperationCanceledException stopped => new BigrainException(
            ErrorCode.Unavailable, "the writer is closing: send the batch again with the same batchId", null, stopped),
        _ => new BigrainException(ErrorCode.Internal, error.Message, null, error),
    };

    private Task<ConditionalWrite> WriteAsync(LogBatch batch, ImmutableArray<WriteCondition> conditions, CancellationToken cancellationToken)
    {
        PendingWrite write;
        bool start;
        lock (_gate)
        {
            UInt128? key = batch.BatchId is { } id ? RecentBatches.KeyOf(id) : null;
            if (key is { } known && _byBatchId.TryGetValue(known, out PendingWrite? same))
            {
                return same.Done.Task.WaitAsync(cancellationToken);
            }

            ThrowIfRefused(batch.Bytes.Length);
            write = new PendingWrite(batch, key, conditions);
            if (key is { } waiting)
            {
                _byBatchId.Add(waiting, write);
            }

            _queue.Enqueue(write);
            _queuedBytes += batch.Bytes.Length;
            start = !_running;
            _running = true;
        }

        if (start)
        {
            _loop = RunAsync();
        }

        return write.Done.Task.WaitAsync(cancellationToken);
    }

    private void ThrowIfRefused(int bytes)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        if (IsFenced)
        {
            throw new BigrainException(ErrorCode.Fenced, $"stream {Key} belongs to a newer owner: open it again");
        }

        if (_queuedBytes > 0 && _queuedBytes + bytes > _options.QueueBytes)
        {
            throw new BigrainException(
                ErrorCode.Overloaded,
                FormattableString.Invariant($"{_queuedBytes} bytes wait on stream {Key.Stream}, at most {_options.QueueBytes} may: retry later"))
            {
                RetryAfter = _options.RetryAfter,
            };
        }

        if (BackPressure?.Invoke() is { } wait)
        {
            throw new BigrainException(
                ErrorCode.Overloaded, $"the partitions that follow stream {Key.Stream} are behind: retry later")
            { RetryAfter = wait };
        }
    }

    private async Task RunAsync()
    {
        var group = new List<PendingWrite>();
        while (TakeGroup(group))
        {
            try
            {
                await CommitAsync(group);
            }
            catch (Exception error)
            {
                // Whatever it is: nobody may wait forever.
                BigrainException translated = Translate(error);
                foreach (PendingWrite write in group)
                {
                    write.Done.TrySetException(translated);
                }
            }

            Release(group);
        }
    }

    private bool TakeGroup(List<PendingWrite> group)
    {
        group.Clear();
        lock (_gate)
        {
            long bytes = 0;
            while (_queue.TryPeek(out PendingWrite? next) && (group.Count == 0 || bytes + next.Batch.Bytes.Length <= _options.GroupBytes))
            {
                group.Add(_queue.Dequeue());
                bytes += next.Batch.Bytes.Length;
            }

            _running = group.Count > 0 || _wantedFloor > 0;
            return _running;
        }
    }

    /// <summary>Writes a group, leaving out what the log holds already.</summary>
    private async Task CommitAsync(List<PendingWrite> group)
    {
        if (TakeFloor(out TaskCompletionSource? raised) is > 0 and var floor)
        {
            await RaiseFloorAsync(floor, raised);
        }

        _stopping.Token.ThrowIfCancellationRequested();

        if (await _log.SettleAsync(_stopping.Token) is { } settled)
        {
            Publish(settled);
        }

        // After settling: the entry just settled may hold what is sent again now.
        List<PendingWrite> fresh = group.FindAll(write => write.Key is not { } key || !_log.Recent.TryGet(key, out _));
        if (fresh.Exists(write => !write.Conditions.IsEmpty))
        {
            fresh = await WithoutConflictsAsync(fresh);
        }

        if (fresh.Count > 0)
        {
            LogEntry entry = await _log.AppendAsync(fresh.ConvertAll(write => write.Batch), _stopping.Token);
            Publish(entry);
            foreach (PendingWrite write in fresh)
            {
                write.Done.TrySetResult(new ConditionalWrite(entry.Sequence, []));
            }
        }

        foreach (PendingWrite write in group)
        {
            if (write.Key is { } key && _log.Recent.TryGet(key, out long sequence))
            {
                write.Done.TrySetResult(new ConditionalWrite(sequence, []));
            }
        }
    }

    /// <summary>Answers those writes of a group whose conditions do not hold, and gives the others. Nothing else can get into the log
    /// meanwhile: who takes the stream over makes the append that follows fail.</summary>
    private async Task<List<PendingWrite>> WithoutConflictsAsync(List<PendingWrite> group)
    {
        IReadOnlyList<RowVersion> versions;
        List<ReadOnlyMemory<byte>> ids = [.. group.SelectMany(write => write.Conditions.Select(condition => write.Batch[condition.Row].Id))];
        try
        {
            versions = VersionReader is { } read
                ? await read(ids, _log.LastSequence, _stopping.Token)
                : throw new BigrainException(ErrorCode.Unavailable, $"stream {Key} cannot read versions yet: retry");
        }
        catch (Exception failure)
        {
            // Those without conditions need not suffer.
            BigrainException translated = Translate(failure);
            foreach (PendingWrite write in group.Where(write => !write.Conditions.IsEmpty))
            {
                write.Done.TrySetException(translated);
            }

            return group.FindAll(write => write.Conditions.IsEmpty);
        }

        var conditions = new GroupConditions(ids, versions);
        var accepted = new List<PendingWrite>(group.Count);
        foreach (PendingWrite write in group)
        {
            if (conditions.Accept(write.Batch, write.Conditions) is { IsEmpty: false } conflicts)
            {
                write.Done.TrySetResult(new ConditionalWrite(0, conflicts));
            }
            else
            {
                accepted.Add(write);
            }
        }

        return accepted;
    }

    private static async Task ObserveAsync(Task raised) => await raised.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private long TakeFloor(out TaskCompletionSource? raised)
    {
        lock (_gate)
        {
            (long floor, raised) = (_wantedFloor, _floorRaised);
            (_wantedFloor, _floorRaised) = (0, null);
            return floor;
        }
    }

    private async Task RaiseFloorAsync(long floor, TaskCompletionSource? raised)
    {
        try
        {
            await _log.RaiseFloorAsync(floor, _stopping.Token);
            raised?.TrySetResult();
        }
        catch (Exception failure)
        {
            raised?.TrySetException(Translate(failure));
            throw;
        }
    }

    private void Publish(LogEntry entry)
    {
        Volatile.Write(ref _lastSequence, entry.Sequence);
        _committed?.Invoke(entry);
    }

    private void Release(List<PendingWrite> group)
    {
        lock (_gate)
        {
            foreach (PendingWrite write in group)
            {
                _queuedBytes -= write.Batch.Bytes.Length;
                if (write.Key is { } key)
                {
                    _byBatchId.Remove(key);
                }
            }
        }
    }

    private sealed record PendingWrite(LogBatch Batch, UInt128? Key, ImmutableArray<WriteCondition> Conditions)
    {
        public TaskCompletionSource<ConditionalWrite> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
