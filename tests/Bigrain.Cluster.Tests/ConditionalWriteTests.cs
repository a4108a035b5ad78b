using System.Text;
using Bigrain.Contracts;
using Bigrain.Contracts.Streams;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Recall;
using Bigrain.Index.Documents;
using Bigrain.Index.Log;
using Bigrain.Index.Segments;

namespace Bigrain.Cluster.Tests;

public sealed class ConditionalWriteTests
{
    private const int Senders = 6;

    [Fact]
    public async Task One_of_many_senders_wins_each_round_also_when_the_silo_of_the_writer_dies()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("raced", partitions: 2, replicas: 2, streams: 1);
        var stream = new StreamKey(collection.Head.Incarnation, 0);
        RowVersion current = RowVersion.None;
        Task killed = Task.CompletedTask;
        for (int round = 0; round < 12; round++)
        {
            if (round == 4)
            {
                // Any silo may be the writer's: the one of the two that are not asked.
                killed = cluster.KillAsync(cluster.Silos[^1]);
            }

            ConditionalWriteReply[] replies = await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender =>
                SendAsync(cluster, stream, collection, $"r{round}s{sender}", sender, current)));
            int winner = Array.FindIndex(replies, reply => reply.Conflicts is null);
            Assert.Single(replies, reply => reply.Conflicts is null);

            ConditionalWriteReply again = await SendAsync(cluster, stream, collection, $"r{round}s{winner}", winner, current);
            Assert.Equal(replies[winner].Sequence, again.Sequence);
            ConditionalWriteReply lost = await SendAsync(cluster, stream, collection, $"r{round}late", Senders, current);
            Assert.NotNull(lost.Conflicts);
            current = Assert.Single(WriteCondition.Decode(lost.Conflicts.Bytes)).Expected;
            Assert.Equal(replies[winner].Sequence, current.Sequence);
        }

        await killed;
        await cluster.SettleAsync(collection);
        Assert.Equal(current, SiloCluster.CopyOf(cluster.SiloOf(SiloCluster.OwnersOf(cluster.Silos[0], collection, Partition(collection))[0]), collection, Partition(collection))!
            .VersionsOf([Encoding.UTF8.GetBytes("one")])[0]);
    }

    [Fact]
    public async Task Recall_is_measured_over_all_silos_and_with_the_same_seed_it_is_the_same()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("measured", partitions: 5, replicas: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "all", Documents.Make(0, 2_000));
        await cluster.CompactAsync("measured");
        await cluster.SettleAsync(collection);
        RecallMeasurement measurement = SiloCluster.Of<RecallMeasurement>(cluster.Silos[0]);
        CancellationToken cancel = TestContext.Current.CancellationToken;
        RecallReport report = await measurement.RunAsync("measured", new RecallRequest(100, 10, 7), cancel);
        Assert.Equal((100, 10, 2_000L), (report.QueryCount, report.K, report.DocumentCount));
        Assert.InRange(report.Recall, 0.95, 1);
        Assert.InRange(report.LowestRecall, 0, report.Recall);
        RecallReport again = await SiloCluster.Of<RecallMeasurement>(cluster.Silos[1]).RunAsync("measured", new RecallRequest(100, 10, 7), cancel);
        Assert.Equal(report.Recall, again.Recall);
    }

    private static int Partition(CollectionSnapshot collection) => Documents.PartitionOf(collection, "one");

    /// <summary>Sends the very same batch until a writer decides, as the HTTP API does.</summary>
    private static async Task<ConditionalWriteReply> SendAsync(
        SiloCluster cluster, StreamKey stream, CollectionSnapshot collection, string batchId, int value, RowVersion expected)
    {
        byte[] id = "one"u8.ToArray();
        var builder = new LogBatchBuilder(1, batchId);
        builder.AddUpsert(id, XxIdHash.Instance.Hash(id), [value, 0, 0, 0, 0, 0, 0, 1], []);
        var batch = new PackedBytes(builder.Build());
        var conditions = new PackedBytes(WriteCondition.Encode([new WriteCondition(0, expected)]));
        using var deadline = new CancellationTokenSource(SiloCluster.Patience);
        while (true)
        {
            try
            {
                return await SiloCluster.Of<IGrainFactory>(cluster.Silos[0]).GetGrain<IStreamWriterGrain>(stream.ToString())
                    .WriteIfAsync(collection.Head.Name, batch, conditions, deadline.Token);
            }
            catch (Exception error) when (error is not OperationCanceledException
                && FaultTranslation.FromFault(error).Code is ErrorCode.Fenced or ErrorCode.Unavailable or ErrorCode.DeadlineExceeded)
            {
                await Task.Delay(100, deadline.Token);
            }
        }
    }
}
