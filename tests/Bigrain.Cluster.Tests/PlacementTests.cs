using Bigrain.Grains.Collections;
using Bigrain.Grains.Placement;
using Orleans.TestingHost;

namespace Bigrain.Cluster.Tests;

public sealed class PlacementTests
{
    [Fact]
    public async Task All_silos_agree_on_the_owners_and_copies_are_on_distinct_silos()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("placed", partitions: 12, replicas: 2);
        for (int partition = 0; partition < 12; partition++)
        {
            string[] owners = SiloCluster.OwnersOf(cluster.Silos[0], collection, partition);
            Assert.Equal(2, owners.Distinct().Count());
            Assert.All(cluster.Silos, silo => Assert.Equal(owners, SiloCluster.OwnersOf(silo, collection, partition)));
        }

        await cluster.WriteAsync(cluster.Silos[0], collection, "b", Documents.Make(0, 100));
        await cluster.SettleAsync(collection);
        int[] loads = [.. cluster.Silos.Select(silo => Enumerable.Range(0, 12).Count(partition => SiloCluster.CopyOf(silo, collection, partition) is not null))];
        Assert.Equal(24, loads.Sum());
        Assert.All(loads, load => Assert.InRange(load, 1, 12));
    }

    [Fact]
    public async Task A_new_silo_takes_its_share_and_old_copies_go_away_while_answers_stay_whole()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(2);
        CollectionSnapshot collection = await cluster.CreateAsync("moved", partitions: 8, replicas: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "b", Documents.Make(0, 200));
        await cluster.SettleAsync(collection);

        InProcessSiloHandle asked = cluster.Silos[0];
        Task<InProcessSiloHandle> joining = cluster.AddAsync();
        while (!joining.IsCompleted)
        {
            await RequireWholeAsync(cluster, asked, collection);
        }

        string joined = SiloCluster.NameOf(await joining);
        Task settled = cluster.SettleAsync(collection);
        while (!settled.IsCompleted)
        {
            await RequireWholeAsync(cluster, asked, collection);
        }

        await settled;
        int moved = Enumerable.Range(0, 8).Count(partition => cluster.HoldersOf(collection, partition).Contains(joined));
        Assert.InRange(moved, 1, 8);
        Assert.All(Enumerable.Range(0, 8), partition => Assert.Equal(2, cluster.HoldersOf(collection, partition).Length));
        await RequireWholeAsync(cluster, cluster.SiloOf(joined), collection);
    }

    [Fact]
    public async Task Writers_move_to_the_silo_that_they_belong_on_when_one_joins()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(2);
        CollectionSnapshot collection = await cluster.CreateAsync("writers", partitions: 2, replicas: 2, streams: 8);
        await cluster.WriteAsync(cluster.Silos[0], collection, "b", Documents.Make(0, 100));

        string joined = SiloCluster.NameOf(await cluster.AddAsync());

        await NobodyMisplacedAsync();
        long[] token = await cluster.WriteAsync(cluster.Silos[0], collection, "c", Documents.Make(100, 100));

        // A silo may be a member some moments before grains can be placed on it: what was placed elsewhere meanwhile follows.
        await NobodyMisplacedAsync();
        Index.Queries.QueryAnswer answer = await cluster.QueryAsync(cluster.SiloOf(joined), collection, new float[8], 500, token);
        Assert.True(answer.Complete, answer.Reason);
        Assert.Equal(200, answer.Ids().Distinct().Count());

        Task NobodyMisplacedAsync() => cluster.EventuallyAsync("no silo has a grain that belongs elsewhere", () => cluster.Silos.All(silo =>
            SiloCluster.Of<SiloMap>(silo).LiveNames.Contains(joined) && SiloCluster.Of<PlacedGrains>(silo).MisplacedCount == 0));
    }

    [Fact]
    public async Task Dropping_a_collection_unloads_it_everywhere()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("dropped", partitions: 4, replicas: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "b", Documents.Make(0, 50));
        await cluster.SettleAsync(collection);

        await cluster.DropAsync("dropped");

        await cluster.EventuallyAsync(
            "nobody holds a partition of a dropped collection",
            () => Enumerable.Range(0, 4).All(partition => cluster.HoldersOf(collection, partition).Length == 0));
    }

    [Fact]
    public async Task Once_a_drop_returns_no_silo_takes_the_old_life_of_the_name_for_the_next_one()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        for (int life = 0; life < 4; life++)
        {
            CollectionSnapshot collection = await cluster.CreateAsync("reborn", partitions: 4, replicas: 2);
            foreach (InProcessSiloHandle silo in cluster.Silos)
            {
                CollectionSnapshot seen = await SiloCluster.Of<CollectionDirectory>(silo).GetAsync("reborn", TestContext.Current.CancellationToken);
                Assert.Equal(collection.Head.Incarnation, seen.Head.Incarnation);
                Index.Queries.QueryAnswer answer = await cluster.QueryAsync(silo, collection, new float[8], 100);
                Assert.Empty(answer.Ids());
            }

            await cluster.WriteAsync(cluster.Silos[life % 3], collection, "b", Documents.Make(100 * life, 50));
            await cluster.DropAsync("reborn");
        }
    }

    private static async Task RequireWholeAsync(SiloCluster cluster, InProcessSiloHandle via, CollectionSnapshot collection)
    {
        Index.Queries.QueryAnswer answer = await cluster.QueryAsync(via, collection, new float[8], 200);
        Assert.True(answer.Complete, answer.Reason);
        Assert.Equal(200, answer.Ids().Distinct().Count());
    }
}
