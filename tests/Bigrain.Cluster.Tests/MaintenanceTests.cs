using Bigrain.Grains.Collections;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Orleans.TestingHost;

namespace Bigrain.Cluster.Tests;

/// <summary>What goes on beside a merge that takes long.</summary>
public sealed class MaintenanceTests
{
    // Much less than the time for a hand-over, and than anything that waits for the merge.
    private static readonly TimeSpan Soon = SiloCluster.Patience / 2;

    private readonly HeldBlobStore _store = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Partitions_are_frozen_while_one_of_them_is_merged()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(1, _store);
        InProcessSiloHandle silo = cluster.Silos[0];
        CollectionSnapshot collection = await cluster.CreateAsync("merging", partitions: 2, replicas: 1, streams: 1);
        await HoldMergeAsync(cluster, silo, collection, partition: 0);

        long[] token = await cluster.WriteAsync(silo, collection, "more", Documents.Make(1_000, 1_000));
        await cluster.EventuallyAsync("both are frozen", () => Enumerable.Range(0, 2).All(partition =>
            SiloCluster.CopyOf(silo, collection, partition)!.Statistics is { SegmentCount: > 0, TailDocumentCount: 0 }));
        Assert.True(SiloCluster.CopyOf(silo, collection, 0)!.Statistics.DeadCount > 0, "the merge was not held");

        _store.Release();
        await cluster.EventuallyAsync("it is merged", () => SiloCluster.CopyOf(silo, collection, 0)!.Statistics.DeadCount == 0);
        QueryAnswer answer = await cluster.QueryAsync(silo, collection, new float[8], 1_500, token);
        Assert.True(answer.Complete, answer.Reason);
        Assert.Equal(1_200, answer.Ids().Length);
        Assert.Equal(1_200, answer.Ids().Distinct().Count());
    }

    [Fact]
    public async Task Closing_a_partition_gives_its_merge_up_and_waits_for_nobody_elses()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(1, _store);
        InProcessSiloHandle silo = cluster.Silos[0];
        CollectionSnapshot collection = await cluster.CreateAsync("closing", partitions: 2, replicas: 1, streams: 1);
        await HoldMergeAsync(cluster, silo, collection, partition: 0);
        PartitionKeeper keeper = SiloCluster.Of<PartitionKeeper>(silo);
        keeper.RequestMaintenance(SiloCluster.CopyOf(silo, collection, 1)!);

        // That of partition 1 waits for the slot that the merge has.
        await keeper.CloseAsync(collection.KeyOf(1), Cancel).WaitAsync(Soon, Cancel);
        await keeper.CloseAsync(collection.KeyOf(0), Cancel).WaitAsync(Soon, Cancel);

        QueryAnswer answer = await WholeAnswerAsync(cluster, silo, collection);
        Assert.Equal(200, answer.Ids().Distinct().Count());
        _store.Release();
    }

    [Fact]
    public async Task A_silo_lets_go_and_takes_over_while_a_merge_that_moved_away_does_not_end()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(1, _store);
        InProcessSiloHandle silo = cluster.Silos[0];
        CollectionSnapshot collection = await cluster.CreateAsync("moving", partitions: 8, replicas: 1, streams: 1);
        string joining = SiloCluster.NameOf(silo).Replace('0', '1');
        int[] moving = [.. Enumerable.Range(0, 8).Where(partition =>
            RendezvousRanking.Order(collection.KeyOf(partition).ToString(), [SiloCluster.NameOf(silo), joining])[0] == joining)];
        Assert.SkipWhen(moving.Length == 0, "no partition moves");
        await HoldMergeAsync(cluster, silo, collection, moving[0], isStubborn: true);

        InProcessSiloHandle joined = await cluster.AddAsync();
        Assert.Equal(joining, SiloCluster.NameOf(joined));
        await cluster.SettleAsync(collection);

        // Its rounds went on: what comes back is loaded long before the time for a hand-over is up.
        await cluster.DrainAsync(joined).WaitAsync(Soon, Cancel);
        _store.Release();
        QueryAnswer answer = await WholeAnswerAsync(cluster, silo, collection);
        Assert.Equal(200, answer.Ids().Distinct().Count());
    }

    private static async Task<QueryAnswer> WholeAnswerAsync(SiloCluster cluster, InProcessSiloHandle via, CollectionSnapshot collection)
    {
        QueryAnswer? whole = null;
        await cluster.EventuallyAsync("a whole answer", async () =>
        {
            QueryAnswer answer = await cluster.QueryAsync(via, collection, new float[8], 500);
            whole = answer.Complete ? answer : null;
            return answer.Complete;
        });
        return whole!;
    }

    /// <summary>Has a silo rewrite the segment of a partition, which holds 200 documents with the others, most of them written twice; and holds that.</summary>
    private async Task HoldMergeAsync(SiloCluster cluster, InProcessSiloHandle silo, CollectionSnapshot collection, int partition, bool isStubborn = false)
    {
        await cluster.WriteAsync(silo, collection, "first", Documents.Make(0, 200));
        await cluster.SettleAsync(collection);
        Partition copy = SiloCluster.CopyOf(silo, collection, partition)!;
        await copy.CatchUpAsync(Cancel);
        await copy.FreezeAsync(Cancel);
        Assert.Equal(1, copy.Statistics.SegmentCount);
        string folder = $"/part/{partition}/seg/";
        _store.HoldNext(name => name.Contains(folder, StringComparison.Ordinal), isStubborn);
        await cluster.WriteAsync(silo, collection, "again", Documents.Make(0, 150));
        await _store.Held.WaitAsync(SiloCluster.Patience, Cancel);
    }
}
