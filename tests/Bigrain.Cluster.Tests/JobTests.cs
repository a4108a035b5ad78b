using Bigrain.Grains.Jobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Bigrain.Cluster.Tests;

public sealed class JobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_whose_silo_dies_goes_on_elsewhere_from_its_last_save()
    {
        var kind = new GatedJob();
        await using SiloCluster cluster = await SiloCluster.StartAsync(3, more: services => services.AddSingleton<IJobKind>(kind));
        JobStarter starter = SiloCluster.Of<JobStarter>(cluster.Silos[0]);
        JobStore jobs = SiloCluster.Of<JobStore>(cluster.Silos[0]);
        string id = (await starter.StartAsync(GatedJob.KindName, null, null, null, Cancel)).Id;
        kind.Open(2);
        await cluster.EventuallyAsync("two steps are done", async () => (await ReadAsync(jobs, id)).Done == 2);

        JobRunner first = (await ReadAsync(jobs, id)).Runner!;
        await cluster.KillAsync(cluster.SiloOf(first.Silo));
        jobs = SiloCluster.Of<JobStore>(cluster.Silos[0]);
        await cluster.EventuallyAsync("another silo has it", async () => (await ReadAsync(jobs, id)).Runner!.Silo != first.Silo);
        kind.Open(100);
        await cluster.EventuallyAsync("it is done", async () => (await ReadAsync(jobs, id)).State == JobState.Succeeded);

        // The step that was cut off is the only one that was begun twice.
        JobRecord done = await ReadAsync(jobs, id);
        Assert.Equal((GatedJob.Steps, GatedJob.Steps), (done.Done, done.Total));
        Assert.True(done.Runner!.Attempt >= 2);
        Assert.InRange(kind.Begun(0) + kind.Begun(1), 2, 3);
        Assert.True(kind.Begun(2) >= 2);
    }

    [Fact]
    public async Task A_silo_that_drains_hands_its_job_over_and_no_step_is_lost()
    {
        var kind = new GatedJob();
        await using SiloCluster cluster = await SiloCluster.StartAsync(2, more: services => services.AddSingleton<IJobKind>(kind));
        JobStore jobs = SiloCluster.Of<JobStore>(cluster.Silos[0]);
        string id = (await SiloCluster.Of<JobStarter>(cluster.Silos[0]).StartAsync(GatedJob.KindName, null, null, null, Cancel)).Id;
        kind.Open(3);
        await cluster.EventuallyAsync("three steps are done", async () => (await ReadAsync(jobs, id)).Done == 3);

        JobRunner first = (await ReadAsync(jobs, id)).Runner!;
        await cluster.DrainAsync(cluster.SiloOf(first.Silo));
        jobs = SiloCluster.Of<JobStore>(cluster.Silos[0]);
        kind.Open(100);
        await cluster.EventuallyAsync("it is done", async () => (await ReadAsync(jobs, id)).State == JobState.Succeeded);
        Assert.NotEqual(first.Silo, (await ReadAsync(jobs, id)).Runner!.Silo);
        Assert.Equal((1, 1, 1), (kind.Begun(0), kind.Begun(1), kind.Begun(2)));
    }

    [Fact]
    public async Task A_cancel_asked_of_any_silo_ends_a_waiting_step_and_undoes()
    {
        var kind = new GatedJob();
        await using SiloCluster cluster = await SiloCluster.StartAsync(2, more: services => services.AddSingleton<IJobKind>(kind));
        string id = (await SiloCluster.Of<JobStarter>(cluster.Silos[0]).StartAsync(GatedJob.KindName, null, null, "gated-cancelled", Cancel)).Id;
        kind.Open(1);
        JobStore jobs = SiloCluster.Of<JobStore>(cluster.Silos[0]);
        await cluster.EventuallyAsync("a step is done", async () => (await ReadAsync(jobs, id)).Done == 1);

        InProcessSiloHandle other = cluster.Silos.First(silo => SiloCluster.NameOf(silo) != ReadAsync(jobs, id).Result.Runner!.Silo);
        Assert.NotNull(await SiloCluster.Of<JobStarter>(other).CancelAsync(id, Cancel));
        await cluster.EventuallyAsync("it is cancelled", async () => (await ReadAsync(jobs, id)).State == JobState.Cancelled);
        Assert.Equal(1, kind.Undone);
        Assert.Equal(JobState.Cancelled, (await SiloCluster.Of<JobStarter>(other).StartAsync(GatedJob.KindName, null, null, id, Cancel)).State);
    }

    [Fact]
    public async Task A_job_made_while_no_silo_was_there_is_run_by_the_next_cluster()
    {
        var kind = new GatedJob();
        kind.Open(100);
        var store = new TestKit.Blobs.MemoryBlobStore();
        await new JobStore(store, TimeProvider.System).CreateAsync(
            new JobRecord("gated-1", GatedJob.KindName, null, TimeProvider.System.GetUtcNow()), Cancel);
        await using SiloCluster cluster = await SiloCluster.StartAsync(1, store, more: services => services.AddSingleton<IJobKind>(kind));
        JobStore jobs = SiloCluster.Of<JobStore>(cluster.Silos[0]);
        await cluster.EventuallyAsync("it is done", async () => (await ReadAsync(jobs, "gated-1")).State == JobState.Succeeded);
    }

    [Fact]
    public async Task Compacting_a_collection_touches_every_partition_and_fails_for_one_that_was_dropped()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(2);
        var collection = await cluster.CreateAsync("packed", partitions: 5, replicas: 1);
        await cluster.WriteAsync(cluster.Silos[0], collection, "all", Documents.Make(0, 900));
        JobStarter starter = SiloCluster.Of<JobStarter>(cluster.Silos[0]);
        JobStore jobs = SiloCluster.Of<JobStore>(cluster.Silos[0]);
        string id = (await starter.StartOnAsync("compact", "packed", null, null, Cancel)).Id;
        await cluster.EventuallyAsync("it has ended", async () => (await ReadAsync(jobs, id)).HasEnded);
        JobRecord done = await ReadAsync(jobs, id);
        Assert.Equal((JobState.Succeeded, 5L, 5L, "partitions"), (done.State, done.Done, done.Total, done.Unit));

        BigrainException none = await Assert.ThrowsAsync<BigrainException>(() => starter.StartOnAsync("compact", "nothing", null, null, Cancel));
        Assert.Equal(ErrorCode.NotFound, none.Code);
        JobRecord orphan = done with { Id = "compact-orphan", State = JobState.Running, Incarnation = new string('0', 32), Runner = null, Body = null, EndedAt = null };
        await starter.StartAsync(orphan, Cancel);
        await cluster.EventuallyAsync("it has ended", async () => (await ReadAsync(jobs, "compact-orphan")).HasEnded);
        Assert.Equal(ErrorCode.NotFound, (await ReadAsync(jobs, "compact-orphan")).Error!.Code);
    }

    private static async Task<JobRecord> ReadAsync(JobStore jobs, string id) => (await jobs.ReadAsync(id, Cancel))!.Record;
}
