using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

public sealed class SourceFreezeTests
{
    private const int PartitionCount = 50;

    [Theory]
    [InlineData(ErrorCode.Unavailable)]
    [InlineData(ErrorCode.DeadlineExceeded)]
    [InlineData(ErrorCode.Overloaded)]
    public async Task A_partition_that_cannot_be_frozen_now_keeps_its_tail_and_the_job_goes_on(ErrorCode code)
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        PartitionKey busy = rig.PartitionsOf(1)[2];
        int asked = 0;
        rig.Cluster.OnFreeze = (partition, _) =>
        {
            asked += partition == busy ? 1 : 0;
            return partition == busy ? throw new BigrainException(code, "busy") : Task.CompletedTask;
        };
        JobRecord done = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal(JobState.Succeeded, done.State);
        Assert.Equal(rig.PartitionsOf(1).Where(partition => partition != busy).ToHashSet(), rig.Cluster.Frozen);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Freezes_that_never_end_hold_the_job_up_no_longer_than_its_patience()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.FreezePatience = TimeSpan.FromMinutes(5);
        rig.Cluster.OnFreeze = static (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
        JobRecord done = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal(JobState.Succeeded, done.State);
        Assert.Empty(rig.Cluster.Frozen);
    }

    [Fact]
    public async Task At_most_sixteen_partitions_are_frozen_at_a_time()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync(partitions: PartitionCount);
        var gate = new Lock();
        int running = 0;
        int most = 0;
        rig.Cluster.OnFreeze = async (_, _) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++running);
            }

            await Task.Yield();
            lock (gate)
            {
                running--;
            }
        };
        JobRecord done = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal(JobState.Succeeded, done.State);
        Assert.InRange(most, 2, 16);
    }

    [Fact]
    public async Task A_job_that_is_stopped_ends_while_it_freezes()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        using var stop = new CancellationTokenSource();
        rig.Cluster.OnFreeze = (_, cancellationToken) =>
        {
            stop.Cancel();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        };
        string id = await rig.StartAsync(new ReindexRequest());
        Assert.Equal(JobOutcome.Left, await rig.RunUntilAsync(id, stop.Token));
        Assert.Empty(rig.Cluster.Builds);
        Assert.False((await rig.ReadAsync(id)).HasEnded);
    }

    [Fact]
    public async Task A_freeze_that_fails_for_good_fails_the_job()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.Cluster.OnFreeze = static (_, _) => throw new BigrainException(ErrorCode.DataCorrupt, "damaged");
        JobRecord done = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal(JobState.Failed, done.State);
        Assert.Empty(rig.Cluster.Builds);
    }
}
