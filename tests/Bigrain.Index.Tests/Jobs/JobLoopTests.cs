using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Metrics;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.Index.Tests.Jobs;

public sealed class JobLoopTests
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly InstantTime _time = new();
    private readonly SeededRandom _random = new(11);
    private readonly CountingJob _kind;

    public JobLoopTests() => _kind = new CountingJob(_blobs);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private JobStore Jobs => new(_blobs, _time);

    [Fact]
    public async Task A_job_runs_to_its_end_and_says_so()
    {
        await StartAsync();
        Assert.Equal(JobOutcome.Ended, await RunAsync("silo-0"));
        JobRecord done = await ReadAsync();
        Assert.Equal((JobState.Succeeded, "counting", 4L, 4L, "steps"), (done.State, done.Stage, done.Done, done.Total, done.Unit));
        Assert.Equal(("silo-0", 1), (done.Runner!.Silo, done.Runner.Attempt));
        Assert.Equal(4, done.Result!.Value.GetProperty("Next").GetInt32());
        Assert.NotNull(done.EndedAt);
        Assert.Equal(JobOutcome.Ended, await RunAsync("silo-1"));
        Assert.Equal(1, (await ReadAsync()).Runner!.Attempt);
        Assert.Equal(JobOutcome.Missing, await new JobLoop("none", "s", Services(_blobs)).RunAsync(Cancel));
    }

    [Fact]
    public async Task Rate_and_remaining_time_follow_from_the_clock()
    {
        await StartAsync();
        var seen = new List<(double?, TimeSpan?)>();
        _kind.BeforeStep = (job, _, _) =>
        {
            seen.Add((job.Record.RatePerSecond, job.Record.Remaining));
            _time.Advance(TimeSpan.FromSeconds(2));
            return Task.CompletedTask;
        };
        await RunAsync("silo-0");
        Assert.Equal((null, null), seen[1]);
        Assert.Equal((0.5, TimeSpan.FromSeconds(4)), seen[2]);
        Assert.Equal((0.5, TimeSpan.FromSeconds(2)), seen[3]);
    }

    [Fact]
    public async Task Gauges_tell_how_far_the_jobs_of_a_kind_are_and_how_long_they_take()
    {
        using var meters = new RecordedMeters();
        await StartAsync();
        var seen = new List<IReadOnlyDictionary<string, double>>();
        _kind.BeforeStep = (_, _, _) =>
        {
            seen.Add(meters.Observe());
            _time.Advance(TimeSpan.FromSeconds(2));
            return Task.CompletedTask;
        };
        using var loop = new JobLoop("count-1", "silo-0", Services(_blobs, instruments: new JobInstruments(meters)));
        await loop.RunAsync(Cancel);

        var expected = new Dictionary<string, double>
        {
            ["bigrain.jobs.running"] = 1,
            ["bigrain.jobs.progress"] = 0.75,
            ["bigrain.jobs.done"] = 3,
            ["bigrain.jobs.total"] = 4,
            ["bigrain.jobs.rate"] = 0.5,
            ["bigrain.jobs.remaining"] = 2,
        };
        Assert.Equal(expected.OrderBy(pair => pair.Key), seen[3].OrderBy(pair => pair.Key));
        Assert.Empty(meters.Observe());
    }

    [Fact]
    public async Task A_process_that_stops_leaves_the_job_to_the_next_runner()
    {
        await StartAsync();
        using var stop = new CancellationTokenSource();
        _kind.BeforeStep = async (_, step, token) =>
        {
            if (step == 2)
            {
                await stop.CancelAsync();
                token.ThrowIfCancellationRequested();
            }
        };
        using var first = new JobLoop("count-1", "silo-0", Services(_blobs));
        Assert.Equal(JobOutcome.Left, await first.RunAsync(stop.Token));
        Assert.Equal((JobState.Running, 2L), ((await ReadAsync()).State, (await ReadAsync()).Done));

        _kind.BeforeStep = static (_, _, _) => Task.CompletedTask;
        Assert.Equal(JobOutcome.Ended, await RunAsync("silo-1"));
        Assert.Equal(("silo-1", 2, JobState.Succeeded), ((await ReadAsync()).Runner!.Silo, (await ReadAsync()).Runner!.Attempt, (await ReadAsync()).State));
    }

    [Fact]
    public async Task A_runner_that_lost_the_job_stops_at_its_next_save_and_changes_nothing()
    {
        await StartAsync();
        bool tookOver = false;
        _kind.BeforeStep = async (job, step, _) =>
        {
            if (step == 1 && !tookOver)
            {
                tookOver = true;
                Assert.Equal(JobOutcome.Ended, await RunAsync("silo-1"));
            }
        };
        Assert.Equal(JobOutcome.Lost, await RunAsync("silo-0"));
        JobRecord done = await ReadAsync();
        Assert.Equal((JobState.Succeeded, "silo-1", 2), (done.State, done.Runner!.Silo, done.Runner.Attempt));
    }

    [Fact]
    public async Task A_silo_that_came_back_under_its_name_is_another_runner()
    {
        await StartAsync();
        bool tookOver = false;
        _kind.BeforeStep = async (_, step, _) =>
        {
            if (step == 1 && !tookOver)
            {
                tookOver = true;
                await RunAsync("silo-0");
            }
        };
        Assert.Equal(JobOutcome.Lost, await RunAsync("silo-0"));
        Assert.Equal(JobState.Succeeded, (await ReadAsync()).State);
    }

    [Fact]
    public async Task Cancelling_undoes_what_was_done()
    {
        await StartAsync();
        _kind.BeforeStep = async (_, step, _) =>
        {
            if (step == 2)
            {
                await Jobs.RequestCancelAsync("count-1", Cancel);
            }
        };
        Assert.Equal(JobOutcome.Ended, await RunAsync("silo-0"));
        Assert.Equal(JobState.Cancelled, (await ReadAsync()).State);
        Assert.Empty(await WorkAsync());
    }

    [Fact]
    public async Task A_job_cancelled_while_nobody_runs_it_never_starts()
    {
        await StartAsync();
        await Jobs.RequestCancelAsync("count-1", Cancel);
        _kind.BeforeStep = (_, _, _) => throw new InvalidOperationException("it must not run");
        Assert.Equal(JobOutcome.Ended, await RunAsync("silo-0"));
        Assert.Equal((JobState.Cancelled, null), ((await ReadAsync()).State, (await ReadAsync()).Error));
    }

    [Fact]
    public async Task A_watching_runner_sees_a_cancel_in_the_middle_of_a_step()
    {
        await StartAsync();
        var inStep = new TaskCompletionSource();
        _kind.BeforeStep = async (_, _, token) =>
        {
            inStep.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
        };
        JobServices services = Services(_blobs) with { Store = new JobStore(_blobs, TimeProvider.System), Time = TimeProvider.System };
        using var loop = new JobLoop("count-1", "silo-0", services);
        Task<JobOutcome> running = loop.RunAsync(Cancel);
        await inStep.Task;
        await Jobs.RequestCancelAsync("count-1", Cancel);
        loop.Nudge();
        Assert.Equal(JobOutcome.Ended, await running.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        Assert.Equal(JobState.Cancelled, (await ReadAsync()).State);
    }

    [Fact]
    public async Task A_failure_that_passes_costs_a_pause_and_nothing_else()
    {
        await StartAsync();
        int failures = 0;
        _kind.BeforeStep = (job, step, _) => step switch
        {
            1 when failures++ < 3 => throw new BlobStoreException("read", "x", BlobFailure.Transient),
            2 when failures++ < 6 => throw new BigrainException(ErrorCode.Overloaded, "full"),
            3 when failures++ < 9 => throw new OperationCanceledException("a call that was given up inside"),
            _ => Task.CompletedTask,
        };
        DateTimeOffset began = _time.GetUtcNow();
        Assert.Equal(JobOutcome.Ended, await RunAsync("silo-0"));
        JobRecord done = await ReadAsync();
        Assert.Equal((JobState.Succeeded, null, null), (done.State, done.Error, done.Trouble));
        Assert.InRange((_time.GetUtcNow() - began).TotalSeconds, 1.8, 20);
    }

    [Fact]
    public async Task What_it_waits_out_is_shown_meanwhile()
    {
        await StartAsync();
        JobFailure? shown = null;
        int calls = 0;
        _kind.BeforeStep = async (_, _, _) =>
        {
            if (calls++ == 0)
            {
                throw new BigrainException(ErrorCode.Unavailable, "a silo is away", "f");
            }

            shown ??= (await ReadAsync()).Trouble;
        };
        await RunAsync("silo-0");
        Assert.Equal(new JobFailure(ErrorCode.Unavailable, "a silo is away", "f"), shown);
    }

    [Fact]
    public async Task A_failure_that_never_passes_ends_the_job_after_the_time_it_is_given()
    {
        await StartAsync();
        _kind.BeforeStep = (_, step, _) => step < 1 ? Task.CompletedTask : throw new BlobStoreException("read", "x", BlobFailure.Transient);
        DateTimeOffset began = _time.GetUtcNow();
        Assert.Equal(JobOutcome.Ended, await RunAsync("silo-0"));
        JobRecord failed = await ReadAsync();
        Assert.Equal((JobState.Failed, ErrorCode.Unavailable), (failed.State, failed.Error!.Code));
        Assert.InRange((_time.GetUtcNow() - began).TotalMinutes, 60, 62);
        Assert.Empty(await WorkAsync());
    }

    [Theory]
    [InlineData(ErrorCode.InvalidArgument)]
    [InlineData(ErrorCode.NotFound)]
    [InlineData(ErrorCode.Conflict)]
    [InlineData(ErrorCode.DataCorrupt)]
    public async Task A_failure_with_a_remedy_ends_the_job_with_it(ErrorCode code)
    {
        await StartAsync();
        _kind.BeforeStep = (_, step, _) => step < 2 ? Task.CompletedTask : throw new BigrainException(code, "that is wrong", "field");
        Assert.Equal(JobOutcome.Ended, await RunAsync("silo-0"));
        JobRecord failed = await ReadAsync();
        Assert.Equal((JobState.Failed, new JobFailure(code, "that is wrong", "field")), (failed.State, failed.Error));
        Assert.Empty(await WorkAsync());
    }

    [Fact]
    public async Task Work_that_took_effect_is_neither_cancelled_nor_undone()
    {
        await StartAsync();
        _kind.BeforeStep = async (job, step, token) =>
        {
            if (step == 1)
            {
                await job.SaveAsync(record => record with { IsCommitted = true }, token);
                await Assert.ThrowsAsync<BigrainException>(() => Jobs.RequestCancelAsync("count-1", Cancel));
            }
            else if (step == 3)
            {
                throw new BigrainException(ErrorCode.DataCorrupt, "too late");
            }
        };
        _kind.BeforeUndo = () => throw new InvalidOperationException("it must not be undone");
        await RunAsync("silo-0");
        Assert.Equal((JobState.Failed, 3), ((await ReadAsync()).State, (await WorkAsync()).Count));
    }

    [Fact]
    public async Task Work_that_was_cancelled_a_moment_before_does_not_take_effect_on_a_store_that_hears_of_no_token_either()
    {
        await StartAsync();
        _kind.BeforeStep = async (job, step, token) =>
        {
            if (step == 2)
            {
                await Jobs.RequestCancelAsync("count-1", Cancel);
                await job.SaveAsync(record => record with { IsCommitted = true }, token);
                throw new InvalidOperationException("it took effect");
            }
        };
        using var loop = new JobLoop("count-1", "silo-0", Services(new TokenlessStore(_blobs)));
        Assert.Equal(JobOutcome.Ended, await loop.RunAsync(Cancel));
        Assert.Equal((JobState.Cancelled, false), ((await ReadAsync()).State, (await ReadAsync()).IsCommitted));
        Assert.Empty(await WorkAsync());
    }

    [Fact]
    public async Task An_undoing_that_fails_is_told()
    {
        await StartAsync();
        _kind.BeforeStep = (_, _, _) => throw new BigrainException(ErrorCode.Conflict, "that is wrong");
        _kind.BeforeUndo = () => throw new BigrainException(ErrorCode.DataCorrupt, "rotten");
        await RunAsync("silo-0");
        Assert.Equal("that is wrong; what it did could not be undone: rotten", (await ReadAsync()).Error!.Message);
    }

    [Fact]
    public async Task A_kind_of_another_release_is_left_alone()
    {
        await Jobs.CreateAsync(new JobRecord("count-1", "newer", null, _time.GetUtcNow()), Cancel);
        Assert.Equal(JobOutcome.Unknown, await RunAsync("silo-0"));
        Assert.Null((await ReadAsync()).Runner);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_at_any_point_leaves_a_job_that_the_next_runner_ends(bool fails)
    {
        // 0 is a run without a crash, which tells how many points there are.
        long points = 0;
        for (int point = 0; point <= points; point++)
        {
            var blobs = new MemoryBlobStore();
            var jobs = new JobStore(blobs, _time);
            await jobs.CreateAsync(Record(), Cancel);
            var process = new FaultyBlobStore(blobs, new SeededRandom((ulong)point), new FaultRates()) { CrashAtPoint = point };
            try
            {
                using var loop = new JobLoop("count-1", "silo-0", Services(process, KindOn(process, fails)));
                JobOutcome outcome = await loop.RunAsync(Cancel);
                Assert.True(process.IsCrashed || outcome == JobOutcome.Ended, $"point {point}: {outcome}");
            }
            catch (SimulatedCrashException)
            {
                // The process is gone.
            }

            points = Math.Max(points, process.PointCount);
            using var next = new JobLoop("count-1", "silo-1", Services(blobs, KindOn(blobs, fails)));
            Assert.Equal(JobOutcome.Ended, await next.RunAsync(Cancel));
            JobRecord done = (await jobs.ReadAsync("count-1", Cancel))!.Record;
            Assert.Equal(fails ? JobState.Failed : JobState.Succeeded, done.State);
            Assert.Equal(fails ? 0 : CountingJob.Steps, blobs.Names.Count(name => name.StartsWith("work/", StringComparison.Ordinal)));
        }

        Assert.True(points > 10, $"only {points} points were tried");
    }

    [Fact]
    public async Task A_store_that_fails_now_and_then_only_slows_a_job_down()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var blobs = new MemoryBlobStore();
            await new JobStore(blobs, _time).CreateAsync(Record(), Cancel);
            var network = new FaultyBlobStore(blobs, new SeededRandom(seed), new FaultRates { Transient = 0.2, LostReply = 0.2 });
            using var loop = new JobLoop("count-1", "silo-0", Services(network, KindOn(network, fails: false)));
            JobOutcome outcome = await loop.RunAsync(Cancel);
            if (outcome == JobOutcome.Left)
            {
                // It could not even be taken; the supervisor comes again.
                using var again = new JobLoop("count-1", "silo-0", Services(blobs, KindOn(blobs, fails: false)));
                outcome = await again.RunAsync(Cancel);
            }

            Assert.Equal(JobOutcome.Ended, outcome);
            Assert.Equal(JobState.Succeeded, (await new JobStore(blobs, _time).ReadAsync("count-1", Cancel))!.Record.State);
        }
    }

    private static CountingJob KindOn(IBlobStore store, bool fails)
    {
        var kind = new CountingJob(store);
        if (fails)
        {
            kind.BeforeStep = static (_, step, _) => step < 3 ? Task.CompletedTask : throw new BigrainException(ErrorCode.Conflict, "that is wrong");
        }

        return kind;
    }

    private JobRecord Record() => new("count-1", "count", "c", _time.GetUtcNow()) { Body = CountingJob.Start };

    private Task<(JobSnapshot Job, bool Created)> StartAsync() => Jobs.CreateAsync(Record(), Cancel);

    private async Task<JobOutcome> RunAsync(string silo)
    {
        using var loop = new JobLoop("count-1", silo, Services(_blobs));
        return await loop.RunAsync(Cancel);
    }

    private async Task<JobRecord> ReadAsync() => (await Jobs.ReadAsync("count-1", Cancel))!.Record;

    private async Task<List<string>> WorkAsync()
    {
        var names = new List<string>();
        await foreach (BlobEntry entry in _blobs.ListAsync("work/", null, Cancel))
        {
            names.Add(entry.Name);
        }

        return names;
    }

    private JobServices Services(IBlobStore store, IJobKind? kind = null, JobInstruments? instruments = null) => new()
    {
        Store = new JobStore(store, _time),
        Kinds = new Dictionary<string, IJobKind> { ["count"] = kind ?? _kind },

        // An instant clock would look all the time.
        Options = new JobOptions { WatchPeriod = TimeSpan.Zero },
        Time = _time,
        Random = _random,
        Instruments = instruments ?? new JobInstruments(null),
        Loggers = NullLoggerFactory.Instance,
    };
}
