using Bigrain.Grains.Collections;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Orleans.TestingHost;

namespace Bigrain.Cluster.Tests;

/// <summary>What goes on beside a merge that takes long.</summary>
public sealed class MaintenanceTests
{
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
