using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Reindexing;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>A job that was left anywhere ends as if nothing had happened.</summary>
public sealed class ReindexResumeTests
{
    private static readonly string[] BuildPoints =
        ["planned", "allocated", "pinned", "building", "catchingUp", "verifying", "publishing", "swapped", "published", "draining"];

    private static readonly string[] SwapPoints = ["catchingUp", "verifying", "publishing", "swapped", "published", "draining"];

    public static TheoryData<ReindexAction, string> Places
    {
        get
        {
            var places = new TheoryData<ReindexAction, string>();
            foreach (ReindexAction action in (ReindexAction[])[ReindexAction.Build, ReindexAction.Publish, ReindexAction.Rollback])
            {
                foreach (string point in action == ReindexAction.Build ? BuildPoints : SwapPoints)
                {
                    places.Add(action, point);
                }
            }

            return places;
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_job_that_a_silo_left_in_any_state_ends_on_the_next_one(ReindexAction action, string point)
    {
        (string Generations, JobState State, string? Stage, string? Result) expected = await WholeAsync(action);
        using ReindexRig rig = await PrepareAsync(action);
        string id = await rig.StartAsync(new ReindexRequest { Action = action });
        using var stop = new CancellationTokenSource();
        rig.Points.OnHit = name =>
        {
            if (name == $"reindex.{point}")
            {
                stop.Cancel();
                stop.Token.ThrowIfCancellationRequested();
            }
        };
        Assert.Equal(JobOutcome.Left, await rig.RunUntilAsync(id, stop.Token));
        Assert.Equal(JobState.Running, (await rig.ReadAsync(id)).State);

        rig.Points.OnHit = static _ => { };
        Assert.Equal(JobOutcome.Ended, await rig.RunAsync(id));
        Assert.Equal(expected, await EndOfAsync(rig, id));
        Assert.All(rig.Cluster.Builds.Values, count => Assert.Equal(1, count));
        Assert.Equal(2, (await rig.ReadAsync(id)).Runner!.Attempt);
        Assert.Empty(rig.Cluster.Cancelled);
    }

    [Theory]
    [InlineData(ReindexAction.Build)]
    [InlineData(ReindexAction.Publish)]
    [InlineData(ReindexAction.Rollback)]
    [InlineData(ReindexAction.Discard)]
    public async Task A_crash_at_any_call_of_the_store_leaves_a_job_that_the_next_runner_ends(ReindexAction action)
    {
        (string expected, JobState state, string? stage, _) = await WholeAsync(action);
        long points = 0;
        for (long point = 0; point <= points; point++)
        {
            using ReindexRig rig = await PrepareAsync(action);
            int used = (await rig.HeadAsync()).NextGeneration - 1;
            string id = await rig.StartAsync(new ReindexRequest { Action = action });
            var process = new FaultyBlobStore(rig.Blobs, new SeededRandom((ulong)point), new FaultRates()) { CrashAtPoint = point };
            try
            {
                JobOutcome outcome = await rig.RunAsync(id, process);
                Assert.True(process.IsCrashed || outcome == JobOutcome.Ended, $"point {point}: {outcome}");
            }
            catch (SimulatedCrashException)
            {
                // The process is gone.
            }

            points = Math.Max(points, process.PointCount);
            Assert.Equal(JobOutcome.Ended, await rig.RunAsync(id));
            (string generations, JobState ended, string? endStage, _) = await EndOfAsync(rig, id);

            // A number that was given away and not noted is used up, and the next one taken.
            string allowed = action == ReindexAction.Build && (await rig.HeadAsync()).CurrentGeneration == used + 2 ? $"{used + 2} {used} - {used + 2}" : expected;
            Assert.Equal((allowed, state, stage), (generations, ended, endStage));
            Assert.All(rig.Cluster.Builds.Values, count => Assert.Equal(1, count));
        }

        Assert.True(points > (action == ReindexAction.Discard ? 8 : 30), $"only {points} points were tried");
    }

    [Theory]
    [InlineData(ReindexAction.Build)]
    [InlineData(ReindexAction.Publish)]
    [InlineData(ReindexAction.Rollback)]
    public async Task A_silo_that_is_away_at_any_call_only_slows_a_job_down(ReindexAction action)
    {
        (string Generations, JobState State, string? Stage, string? Result) expected = await WholeAsync(action);
        int calls = 0;
        for (int failing = 0; failing <= calls; failing++)
        {
            using ReindexRig rig = await PrepareAsync(action);
            int number = 0;
            rig.Cluster.OnCall = name => ++number == failing
                ? throw new BigrainException(ErrorCode.Unavailable, $"call {failing} ({name}) finds no silo")
                : Task.CompletedTask;
            string id = await rig.StartAsync(new ReindexRequest { Action = action });
            Assert.Equal(JobOutcome.Ended, await rig.RunAsync(id));
            Assert.Equal(expected, await EndOfAsync(rig, id));
            calls = failing == 0 ? number : calls;
        }

        Assert.True(calls >= 4, $"only {calls} calls were tried");
    }

    [Theory]
    [InlineData("swapped")]
    [InlineData("published")]
    [InlineData("draining")]
    public async Task A_rollback_that_came_before_the_job_was_finished_is_not_undone_by_finishing_it(string point)
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        string build = await rig.StartAsync(new ReindexRequest());
        using var stop = new CancellationTokenSource();
        rig.Points.OnHit = name =>
        {
            if (name == $"reindex.{point}")
            {
                stop.Cancel();
                stop.Token.ThrowIfCancellationRequested();
            }
        };
        Assert.Equal(JobOutcome.Left, await rig.RunUntilAsync(build, stop.Token));
        rig.Points.OnHit = static _ => { };
        Assert.Equal(JobState.Succeeded, (await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Rollback })).State);
        Assert.Equal("1 2 - 2", await rig.GenerationsAsync());

        Assert.Equal(JobOutcome.Ended, await rig.RunAsync(build));
        Assert.Equal((JobState.Succeeded, "1 2 - 2"), ((await rig.ReadAsync(build)).State, await rig.GenerationsAsync()));
    }

    [Fact]
    public async Task An_undoing_that_a_silo_left_is_done_by_the_next_one()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.Cluster.RecallOf = static generation => generation == 1 ? 0.99 : 0.5;
        using var stop = new CancellationTokenSource();
        rig.Cluster.OnCall = name => name == "cancel" ? stop.CancelAsync() : Task.CompletedTask;
        string id = await rig.StartAsync(new ReindexRequest());
        Assert.Equal(JobOutcome.Left, await rig.RunUntilAsync(id, stop.Token));
        Assert.Equal((JobState.Running, "minRecall"), ((await rig.ReadAsync(id)).State, (await rig.ReadAsync(id)).Error!.Field));

        // It is not begun again: what it found stands.
        rig.Cluster.RecallOf = static _ => throw new InvalidOperationException("it must not be measured again");
        rig.Cluster.OnCall = static _ => Task.CompletedTask;
        Assert.Equal(JobOutcome.Ended, await rig.RunAsync(id));
        Assert.Equal((JobState.Failed, "minRecall"), ((await rig.ReadAsync(id)).State, (await rig.ReadAsync(id)).Error!.Field));
        Assert.Equal("1 - - 3", await rig.GenerationsAsync());
    }

    [Fact]
    public async Task A_runner_that_slept_until_its_job_was_undone_does_not_bring_the_generation_back()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        string id = await rig.StartAsync(new ReindexRequest());
        bool taken = false;
        rig.Points.OnHit = name =>
        {
            if (name == "reindex.allocated" && !taken)
            {
                // Another silo has the job from here on, and is told to give it up.
                taken = true;
                ReindexRig.Now(rig.Jobs.RequestCancelAsync(id, Cancel));
                Assert.Equal(JobOutcome.Ended, rig.RunNow(id));
            }
        };
        Assert.Equal(JobOutcome.Lost, await rig.RunAsync(id));
        Assert.Equal(JobState.Cancelled, (await rig.ReadAsync(id)).State);
        Assert.Equal("1 - - 3", await rig.GenerationsAsync());
    }

    private static async Task<(string Generations, JobState State, string? Stage, string? Result)> WholeAsync(ReindexAction action)
    {
        using ReindexRig rig = await PrepareAsync(action);
        string id = await rig.StartAsync(new ReindexRequest { Action = action });
        Assert.Equal(JobOutcome.Ended, await rig.RunAsync(id));
        Assert.Equal(JobState.Succeeded, (await rig.ReadAsync(id)).State);
        return await EndOfAsync(rig, id);
    }

    /// <summary>A collection that has what the action needs: a generation that waits, or one to go back to.</summary>
    private static async Task<ReindexRig> PrepareAsync(ReindexAction action)
    {
        ReindexRig rig = await ReindexRig.OpenAsync();
        if (action != ReindexAction.Build)
        {
            JobRecord before = await rig.ReindexAsync(new ReindexRequest { Publish = action == ReindexAction.Rollback });
            Assert.Equal(JobState.Succeeded, before.State);
        }

        return rig;
    }

    private static async Task<(string Generations, JobState State, string? Stage, string? Result)> EndOfAsync(ReindexRig rig, string id)
    {
        JobRecord record = await rig.ReadAsync(id);
        return (await rig.GenerationsAsync(), record.State, record.Stage, record.Result?.GetRawText());
    }
}
