using System.Globalization;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Jobs;

/// <summary>One run of one job: takes it over, runs its kind, tries again what may pass, undoes what failed or was cancelled, and
/// notes the end.</summary>
/// <remarks>Any number of processes may run the same job: the record's compare-and-swap leaves it to the one that took it over last,
/// and the others stop. A run that does not reach the end leaves the job to the next one.</remarks>
public sealed partial class JobLoop : IDisposable
{
    private const int TakeAttempts = 16;

    private readonly string _id;
    private readonly string _silo;
    private readonly JobServices _services;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _nudge = new(0, 1);
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Prepares a run.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="silo">Name of this silo.</param>
    /// <param name="services">Shared parts.</param>
    public JobLoop(string id, string silo, JobServices services)
    {
        ArgumentNullException.ThrowIfNull(services);
        _id = id;
        _silo = silo;
        _services = services;
        _logger = services.Loggers.CreateLogger<JobLoop>();
    }

    /// <summary>How a step went.</summary>
    private enum Step
    {
        Done,
        Cancelled,
        Lost,
        Left,
        Failed,
    }

    /// <summary>Has the run look at once whether the job was cancelled or taken over.</summary>
    public void Nudge()
    {
        try
        {
            _nudge.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to look.
        }
    }

    /// <summary>Runs the job until it has ended, another runner has it, or the process stops.</summary>
    /// <param name="stop">The process stops: the job is left to the next runner.</param>
    /// <returns>Why it let go.</returns>
    public async Task<JobOutcome> RunAsync(CancellationToken stop)
    {
        JobContext job;
        try
        {
            (JobOutcome refused, JobContext? taken) = await TakeAsync(stop);
            if (taken is null)
            {
                return refused;
            }

            job = taken;
        }
        catch (Exception error) when (error is BlobStoreException or CorruptBlobException or OperationCanceledException)
        {
            LogRecordUnreachable(error, _id);
            return JobOutcome.Left;
        }

        LogTaken(_id, job.Record.Runner!.Attempt);
        _services.FailPoints.Hit("job.taken");
        _services.Instruments.Began(job);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task watch = WatchAsync(job, over.Token);
        try
        {
            JobOutcome outcome = await DriveAsync(job, _services.Kinds[job.Kind], stop);
            if (outcome == JobOutcome.Lost)
            {
                LogLost(_id);
            }

            return outcome;
        }
        finally
        {
            _services.Instruments.Left(job);
            await over.CancelAsync();
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _nudge.Dispose();
        _writing.Dispose();
    }

    private async Task<(JobOutcome Refused, JobContext? Taken)> TakeAsync(CancellationToken stop)
    {
        for (int attempt = 0; attempt < TakeAttempts; attempt++)
        {
            if (await _services.Store.ReadAsync(_id, stop) is not { } job)
            {
                return (JobOutcome.Missing, null);
            }

            if (job.Record.HasEnded)
            {
                return (JobOutcome.Ended, null);
            }

            if (!_services.Kinds.ContainsKey(job.Record.Kind))
            {
                return (JobOutcome.Unknown, null);
            }

            var runner = new JobRunner(
                _silo, (job.Record.Runner?.Attempt ?? 0) + 1, _services.Random.NextUInt64().ToString("x16", CultureInfo.InvariantCulture));
            JobRecord mine = job.Record with { Runner = runner, RatePerSecond = null };
            if (await _services.Store.TryReplaceAsync(job, mine, stop) is { } taken)
            {
                return (default, new JobContext(taken, _writing, _services));
            }
        }

        return (JobOutcome.Left, null);
    }

    /// <summary>1 do the work, unless it was given up before; 2 note the failure, so that every next runner undoes; 3 undo; 4 end.</summary>
    private async Task<JobOutcome> DriveAsync(JobContext job, IJobKind kind, CancellationToken stop)
    {
        BigrainException? error = job.Record.Error?.ToException();
        if (!job.Record.IsGivenUp)
        {
            // 1
            (Step ran, error) = await AttemptAsync(job, kind.RunAsync, undoing: false, stop);
            switch (ran)
            {
                case Step.Done:
                    return await EndAsync(job, JobState.Succeeded, null, stop);
                case Step.Lost:
                    return JobOutcome.Lost;
                case Step.Left:
                    return JobOutcome.Left;
            }
        }

        JobState state = error is null ? JobState.Cancelled : JobState.Failed;
        JobFailure? failure = error is null ? null : JobFailure.Of(error);
        if (!job.Record.IsCommitted)
        {
            // 2
            if (failure is not null && job.Record.Error is null)
            {
                (Step noted, _) = await AttemptAsync(job, (context, token) => context.NoteAsync(null, failure, token), undoing: true, stop);
                if (noted != Step.Done)
                {
                    return noted == Step.Lost ? JobOutcome.Lost : JobOutcome.Left;
                }
            }

            // 3
            (Step undone, BigrainException? undoError) = await AttemptAsync(job, kind.UndoAsync, undoing: true, stop);
            if (undone is Step.Lost or Step.Left)
            {
                return undone == Step.Lost ? JobOutcome.Lost : JobOutcome.Left;
            }

            if (undoError is not null)
            {
                string before = failure is null ? "the job was cancelled" : failure.Message;
                failure = new JobFailure(failure?.Code ?? undoError.Code, $"{before}; what it did could not be undone: {undoError.Message}", failure?.Field);
                state = JobState.Failed;
            }
        }

        // 4
        return await EndAsync(job, state, failure, stop);
    }

    private async Task<JobOutcome> EndAsync(JobContext job, JobState state, JobFailure? failure, CancellationToken stop)
    {
        _services.FailPoints.Hit("job.ending");
        (Step ended, _) = await AttemptAsync(job, (context, token) => context.EndAsync(state, failure, token), undoing: true, stop);
        if (ended != Step.Done)
        {
            return ended == Step.Lost ? JobOutcome.Lost : JobOutcome.Left;
        }

        _services.FailPoints.Hit("job.ended");
        _services.Instruments.Ended(job.Kind, state);
        LogEnded(_id, state);
        return JobOutcome.Ended;
    }

    /// <summary>Takes a step, again after failures that may pass, with growing pauses, until it does not get on for too long.</summary>
    private async Task<(Step Step, BigrainException? Error)> AttemptAsync(
        JobContext job, Func<JobContext, CancellationToken, Task> step, bool undoing, CancellationToken stop)
    {
        JobOptions options = _services.Options;
        TimeSpan pause = options.FirstPause;
        long firstAt = _services.Time.GetTimestamp();
        while (true)
        {
            using var run = CancellationTokenSource.CreateLinkedTokenSource(stop);
            job.Begin(run, undoing);
            int progress = job.ProgressCount;
            try
            {
                run.Token.ThrowIfCancellationRequested();
                await step(job, run.Token);
                return (Step.Done, null);
            }
#pragma warning disable CA1031 // the job's record is where its error belongs
            catch (Exception error)
#pragma warning restore CA1031
            {
                if (EndOf(job, stop) is { } end)
                {
                    return (end, null);
                }

                BigrainException known = _services.Translate(error);
                long since = Math.Max(firstAt, job.ProgressedAt);
                if (!JobFaults.MayPass(known) || _services.Time.GetElapsedTime(since) > options.GiveUpAfter)
                {
                    LogFails(error, _id);
                    return (Step.Failed, known);
                }

                pause = job.ProgressCount > progress ? options.FirstPause : pause;
                TimeSpan wait = known.RetryAfter is { } asked && asked > pause ? asked : pause;
                _services.Instruments.Retried(job.Kind);
                LogTryingAgain(error, _id, wait);
                await WaitAsync(job, JobFailure.Of(known), wait, run.Token);
                pause = pause * 2 < options.MaxPause ? pause * 2 : options.MaxPause;
            }

            if (EndOf(job, stop) is { } meanwhile)
            {
                return (meanwhile, null);
            }
        }
    }

    private static Step? EndOf(JobContext job, CancellationToken stop) => job.Fate switch
    {
        JobFate.Lost => Step.Lost,
        _ when stop.IsCancellationRequested => Step.Left,
        JobFate.Cancelled => Step.Cancelled,
        _ => null,
    };

    /// <summary>Waits before the next try and shows why.</summary>
    private async Task WaitAsync(JobContext job, JobFailure trouble, TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await job.NoteAsync(trouble, null, cancellationToken);
        }
        catch (Exception error) when (error is BlobStoreException or CorruptBlobException or OperationCanceledException)
        {
            LogRecordUnreachable(error, _id);
        }

        // Up to a quarter more, so that many that failed together do not come back together.
        double jitter = 1 + ((_services.Random.NextUInt64() >> 11) / (double)(1UL << 53) / 4);
        await Task.Delay(pause * jitter, _services.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WatchAsync(JobContext job, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await NudgedAsync(over);
            try
            {
                await job.LookAsync(over);
            }
            catch (Exception error) when (error is BlobStoreException or CorruptBlobException)
            {
                LogRecordUnreachable(error, _id);
            }
        }
    }

    /// <summary>Waits for a nudge, or for the next look.</summary>
    private async Task NudgedAsync(CancellationToken over)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(over);
        TimeSpan period = _services.Options.WatchPeriod > TimeSpan.Zero ? _services.Options.WatchPeriod : Timeout.InfiniteTimeSpan;
        Task nudged = _nudge.WaitAsync(wait.Token);
        await Task.WhenAny(nudged, Task.Delay(period, _services.Time, wait.Token));
        await wait.CancelAsync();
        await nudged.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
