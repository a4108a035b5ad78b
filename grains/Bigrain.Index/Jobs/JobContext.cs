using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Jobs;

/// <summary>A job as the one who runs it sees it: what it shall do, how far it is, and how to say so.</summary>
/// <remarks>
/// <para>Every save is a compare-and-swap on the record: once another runner has the job, no save succeeds here any more, the token
/// fires and <see cref="OperationCanceledException"/> is thrown. A request to cancel shows in the same way, after the save is
/// durable.</para>
/// <para>Thread safe; saves wait for each other.</para>
/// </remarks>
public sealed class JobContext
{
    private readonly JobServices _services;
    private readonly JobRate _rate;
    private readonly SemaphoreSlim _writing;
    private readonly Lock _gate = new();
    private volatile JobSnapshot _job;
    private CancellationTokenSource? _run;
    private JsonElement? _result;
    private JobFate _fate;
    private bool _undoing;
    private long _savedAt;
    private long _progressedAt;
    private int _progressCount;

    internal JobContext(JobSnapshot job, SemaphoreSlim writing, JobServices services)
    {
        _job = job;
        _writing = writing;
        _services = services;
        _rate = new JobRate(services.Time);
        _progressedAt = services.Time.GetTimestamp();
        _result = job.Record.Result;
        Unit = job.Record.Unit;
        _rate.Note(job.Record.Stage, job.Record.Done);
    }

    /// <summary>The job's id.</summary>
    public string Id => _job.Record.Id;

    /// <summary>What it does.</summary>
    public string Kind => _job.Record.Kind;

    /// <summary>Collection it works on.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: it was made without one.</exception>
    public string Collection => _job.Record.Collection
        ?? throw new BigrainException(ErrorCode.InvalidArgument, $"a job of kind '{Kind}' needs a collection", "collection");

    /// <summary>The record as it was last read or written.</summary>
    public JobRecord Record => _job.Record;

    /// <summary>What is counted; goes out with the next save.</summary>
    public string? Unit { get; set; }

    /// <summary>Why the token fired.</summary>
    internal JobFate Fate
    {
        get
        {
            lock (_gate)
            {
                return _fate;
            }
        }
    }

    /// <summary>Saves that brought anything new.</summary>
    internal int ProgressCount => Volatile.Read(ref _progressCount);

    /// <summary>Timestamp of the last save that brought anything new.</summary>
    internal long ProgressedAt => Volatile.Read(ref _progressedAt);

    /// <summary>Reads the body.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: there is none, or it is not of this form.</exception>
    public T ReadBody<T>(JsonTypeInfo<T> type)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(type);
        try
        {
            return (_job.Record.Body is { } body ? body.Deserialize(type) : null)
                ?? throw new BigrainException(ErrorCode.InvalidArgument, $"a job of kind '{Kind}' needs a body", "body");
        }
        catch (JsonException error)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"the body is not that of a job of kind '{Kind}'", "body", error);
        }
    }

    /// <summary>Sets what came out; it goes out with the next save, or with the end.</summary>
    public void SetResult<T>(T result, JsonTypeInfo<T> type) => _result = JsonSerializer.SerializeToElement(result, type);

    /// <summary>Saves body and progress.</summary>
    /// <param name="body">Everything the next runner needs to go on.</param>
    /// <param name="type">Its form.</param>
    /// <param name="stage">What it does now.</param>
    /// <param name="done">Units done in this stage.</param>
    /// <param name="total">Units to do in this stage; 0 when not known.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown.</param>
    /// <exception cref="OperationCanceledException">Stop: the job is cancelled, or no longer this runner's.</exception>
    /// <exception cref="Blobs.BlobStoreException">The store failed.</exception>
    public Task SaveAsync<T>(T body, JsonTypeInfo<T> type, string stage, long done, long total, CancellationToken cancellationToken)
        where T : class
    {
        JsonElement element = JsonSerializer.SerializeToElement(body, type);
        return SaveAsync(record => record with { Body = element, Stage = stage, Done = done, Total = total }, cancellationToken);
    }

    /// <summary>Saves progress; the body stays.</summary>
    /// <exception cref="OperationCanceledException">Stop: the job is cancelled, or no longer this runner's.</exception>
    /// <exception cref="Blobs.BlobStoreException">The store failed.</exception>
    public Task SaveAsync(string stage, long done, long total, CancellationToken cancellationToken) =>
        SaveAsync(record => record with { Stage = stage, Done = done, Total = total }, cancellationToken);

    /// <summary>Says how far the stage is; written at most once in a while, as nothing depends on it.</summary>
    /// <exception cref="OperationCanceledException">Stop: the job is cancelled, or no longer this runner's.</exception>
    /// <exception cref="Blobs.BlobStoreException">The store failed.</exception>
    public Task ReportAsync(long done, long total, CancellationToken cancellationToken)
    {
        if (_services.Time.GetElapsedTime(Volatile.Read(ref _savedAt)) < _services.Options.ReportPeriod)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        }

        return SaveAsync(record => record with { Done = done, Total = total }, cancellationToken);
    }

    /// <summary>Saves any change.</summary>
    /// <param name="change">Makes the next record of the present one; may be called again on a newer one.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown.</param>
    /// <exception cref="OperationCanceledException">Stop: the job is cancelled, or no longer this runner's.</exception>
    /// <exception cref="Blobs.BlobStoreException">The store failed.</exception>
    public async Task SaveAsync(Func<JobRecord, JobRecord> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        await WriteAsync(record => Measured(change(record) with { Trouble = null, Unit = Unit, Result = _result }), cancellationToken);
        _services.FailPoints.Hit("job.saved");
        if (Fate != JobFate.None)
        {
            throw new OperationCanceledException("the job was cancelled");
        }
    }

    /// <summary>Begins to run the kind, or to undo.</summary>
    /// <param name="run">What its token belongs to.</param>
    /// <param name="undoing">Whether a request to cancel no longer matters.</param>
    internal void Begin(CancellationTokenSource run, bool undoing)
    {
        lock (_gate)
        {
            _run = run;
            _undoing = undoing;
            _fate = _fate == JobFate.Lost ? JobFate.Lost : JobFate.None;
        }

        Notice(_job.Record);
    }

    /// <summary>Ends the job.</summary>
    internal Task EndAsync(JobState state, JobFailure? error, CancellationToken cancellationToken) => WriteAsync(
        record => record with
        {
            State = state,
            Error = error,
            Trouble = null,
            RatePerSecond = null,
            Result = _result,
            Unit = Unit,
            EndedAt = _services.Time.GetUtcNow(),
        },
        cancellationToken);

    /// <summary>Notes why it does not get on, or that it shall be undone.</summary>
    internal Task NoteAsync(JobFailure? trouble, JobFailure? error, CancellationToken cancellationToken) =>
        WriteAsync(record => record with { Trouble = trouble, Error = error ?? record.Error }, cancellationToken);

    /// <summary>Looks whether the record was changed by anybody else, and fires the token if that ends the run.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (!_job.Record.HasEnded && await _services.Store.HasChangedAsync(_job, cancellationToken))
            {
                await AdoptAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The token has fired, and that was the purpose.
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task WriteAsync(Func<JobRecord, JobRecord> change, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                if (Fate == JobFate.Lost)
                {
                    throw new OperationCanceledException("the job is another runner's");
                }

                // A request to cancel that was just read: a save that commits must not follow it.
                cancellationToken.ThrowIfCancellationRequested();
                JobSnapshot before = _job;
                if (await _services.Store.TryReplaceAsync(before, change(before.Record), cancellationToken) is { } saved)
                {
                    Accept(before.Record, saved);
                    return;
                }

                await AdoptAsync(cancellationToken);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Accept(JobRecord before, JobSnapshot saved)
    {
        _job = saved;
        long now = _services.Time.GetTimestamp();
        Volatile.Write(ref _savedAt, now);
        JobRecord after = saved.Record;
        if (after.Stage != before.Stage || after.Done != before.Done || after.Body?.GetRawText() != before.Body?.GetRawText())
        {
            Volatile.Write(ref _progressedAt, now);
            Interlocked.Increment(ref _progressCount);
        }
    }

    /// <summary>Reads a record that is not what was last written: a request to cancel, a write whose reply was lost, or another runner.</summary>
    private async Task AdoptAsync(CancellationToken cancellationToken)
    {
        JobSnapshot? now = await _services.Store.ReadAsync(Id, cancellationToken);
        if (now is null || now.Record.HasEnded || now.Record.Runner?.Mark != _job.Record.Runner?.Mark)
        {
            Fire(JobFate.Lost);
            throw new OperationCanceledException("the job is another runner's");
        }

        _job = now;
        Notice(now.Record);
    }

    private void Notice(JobRecord record)
    {
        if (record is { CancelRequested: true, IsCommitted: false } && !_undoing)
        {
            Fire(JobFate.Cancelled);
        }
    }

    private void Fire(JobFate fate)
    {
        CancellationTokenSource? run;
        lock (_gate)
        {
            _fate = fate;
            run = _run;
        }

        try
        {
            run?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // That step is over; the next one looks at the fate first.
        }
    }

    private JobRecord Measured(JobRecord record) => record with { RatePerSecond = _rate.Note(record.Stage, record.Done) };
}
