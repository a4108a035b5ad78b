using System.Diagnostics;
using Bigrain.Grains.Collections;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.TestKit.Randomness;
using Orleans.TestingHost;

namespace Bigrain.Cluster.Tests;

public sealed class ConsistencyTests
{
    [Fact]
    public async Task Three_silos_answer_as_one_does()
    {
        await using SiloCluster three = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await three.CreateAsync("equal", partitions: 6, replicas: 2, streams: 3);
        long[] token = await three.WriteAsync(three.Silos[0], collection, "b", Documents.Make(0, 1_500));
        await three.CompactAsync("equal");
        await using SiloCluster one = await SiloCluster.StartAsync(1, three.Store);

        foreach ((_, float[]? vector) in Documents.Make(5_000, 20))
        {
            QueryAnswer expected = await one.QueryAsync(one.Silos[0], collection, vector!, 10, token);
            Assert.True(expected.Complete, expected.Reason);
            Assert.Equal(10, expected.Hits.Length);
            foreach (InProcessSiloHandle via in three.Silos)
            {
                QueryAnswer answer = await three.QueryAsync(via, collection, vector!, 10, token);
                Assert.True(answer.Complete, answer.Reason);
                Assert.Equal(expected.Ids(), answer.Ids());
                Assert.Equal(expected.Hits.Select(hit => hit.RankDistance), answer.Hits.Select(hit => hit.RankDistance));
            }
        }
    }

    [Fact]
    public async Task A_write_through_one_silo_is_seen_through_every_other_by_token_and_by_strong_reads_at_once()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("tokens", partitions: 4, replicas: 2, streams: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "first", Documents.Make(0, 100));
        await cluster.SettleAsync(collection);
        var random = new SeededRandom(5);
        for (int round = 0; round < 12; round++)
        {
            InProcessSiloHandle writer = cluster.Silos[random.Next(3)], reader = cluster.Silos[random.Next(3)];
            long[] token = await cluster.WriteAsync(writer, collection, $"round-{round}", Documents.Make(1_000 + round, 1));

            QueryAnswer answer = round % 2 == 0
                ? await cluster.QueryAsync(reader, collection, new float[8], 500, token)
                : await cluster.QueryAsync(reader, collection, new float[8], 500, null, Consistency.Strong);

            Assert.True(answer.Complete, answer.Reason);
            Assert.Contains(Documents.IdOf(1_000 + round), answer.Ids());
        }
    }

    [Fact]
    public async Task Every_copy_shows_a_write_at_once_by_token_or_strong_and_within_the_freshness_bound_without()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("copies", partitions: 2, replicas: 3, streams: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "first", Documents.Make(0, 50));
        await cluster.SettleAsync(collection);

        long[] token = await cluster.WriteAsync(cluster.Silos[1], collection, "second", Documents.Make(50, 20));
        long acknowledged = Stopwatch.GetTimestamp();
        foreach (InProcessSiloHandle silo in cluster.Silos)
        {
            await RequireAllAsync(silo, token, Consistency.Session);
        }

        await cluster.WriteAsync(cluster.Silos[2], collection, "third", Documents.Make(70, 20));
        foreach (InProcessSiloHandle silo in cluster.Silos)
        {
            await RequireAllAsync(silo, null, Consistency.Strong, 90);
        }

        await cluster.WriteAsync(cluster.Silos[0], collection, "fourth", Documents.Make(90, 20));
        acknowledged = Stopwatch.GetTimestamp();
        await cluster.EventuallyAsync("the bound has passed", () => Stopwatch.GetElapsedTime(acknowledged) > Partition.LateAfter);
        foreach (InProcessSiloHandle silo in cluster.Silos)
        {
            await RequireAllAsync(silo, null, Consistency.Session, 110);
        }

        async Task RequireAllAsync(InProcessSiloHandle silo, long[]? covers, Consistency consistency, int count = 70)
        {
            var ids = new List<string>();
            for (int partition = 0; partition < 2; partition++)
            {
                (PartitionAnswer answer, string[] found) = await SiloCluster.SearchHereAsync(silo, collection, partition, covers, consistency);
                Assert.Equal(PartitionAnswer.Answered, answer);
                ids.AddRange(found);
            }

            Assert.Equal(Enumerable.Range(0, count).Select(Documents.IdOf), ids.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Followers_take_over_what_the_primary_compacted_and_show_the_same_documents()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("followed", partitions: 2, replicas: 3, streams: 2);
        for (int batch = 0; batch < 5; batch++)
        {
            await cluster.WriteAsync(cluster.Silos[batch % 3], collection, $"b{batch}", Documents.Make(batch * 150, 150));
        }

        long[] token = await cluster.WriteAsync(
            cluster.Silos[0], collection, "deletes", Enumerable.Range(0, 100).Select(i => (Documents.IdOf(i * 7), (float[]?)null)));
        await cluster.SettleAsync(collection);

        await cluster.CompactAsync("followed");

        await cluster.EventuallyAsync("every copy is one segment without a tail", () => cluster.Silos.All(silo => Enumerable.Range(0, 2).All(partition =>
            SiloCluster.CopyOf(silo, collection, partition)?.Statistics is { SegmentCount: 1, TailDocumentCount: 0, DeadCount: 0 })));
        string[] expected = [.. Enumerable.Range(0, 750).Where(i => i % 7 != 0 || i >= 700).Select(Documents.IdOf)];
        foreach (InProcessSiloHandle silo in cluster.Silos)
        {
            string[] found =
            [
                .. (await SiloCluster.SearchHereAsync(silo, collection, 0, token)).Ids,
                .. (await SiloCluster.SearchHereAsync(silo, collection, 1, token)).Ids,
            ];
            Assert.Equal(expected, found.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_writer_that_lost_its_epoch_steps_down_and_its_successor_acknowledges()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(2);
        CollectionSnapshot collection = await cluster.CreateAsync("fenced", partitions: 2, replicas: 2, streams: 1);
        await cluster.WriteAsync(cluster.Silos[0], collection, "before", Documents.Make(0, 10));
        var stream = new StreamKey(collection.Head.Incarnation, 0);

        // Somebody else takes the stream, as a silo does that believes the writer's silo dead.
        await using LogWriter other = await LogWriter.OpenAsync(
            stream, cluster.Store, TimeProvider.System, new SeededRandom(9), new LogWriterOptions(), null, TestContext.Current.CancellationToken);
        long[] token = await cluster.WriteAsync(cluster.Silos[1], collection, "after", Documents.Make(10, 10));
        long[] again = await cluster.WriteAsync(cluster.Silos[0], collection, "after", Documents.Make(10, 10));

        Assert.True(token[0] > other.LastSequence, "the successor writes behind the other's fence");
        Assert.Equal(token, again);
        QueryAnswer answer = await cluster.QueryAsync(cluster.Silos[1], collection, new float[8], 100, token);
        Assert.True(answer.Complete, answer.Reason);
        Assert.Equal(20, answer.Ids().Distinct().Count());
    }
}
