using System.Text;
using Bigrain.Index.Coarse;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

/// <summary>Rules of partitions that a random walk meets too seldom.</summary>
public sealed class PartitionRulesTests
{
    private const int Dimension = 8;

    [Theory]
    [InlineData(400, true)]
    [InlineData(900, false)]
    public async Task A_collection_below_the_limit_is_searched_exactly_and_a_larger_one_by_codes(int documents, bool isExact)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            new MemoryBlobStore(),
            Schemas.Dense(Dimension, Metric.L2, partitions: 4, streams: 2, codec: CodecSpec.RaBitQ(2)),
            new PartitionRigSettings { Coarse = new CoarseOptions { FlatBelow = 500 } },
            cancel);
        var random = new SeededRandom(3);
        var model = new CollectionModel(Dimension, Metric.L2);
        List<(string, float[]?, string)> rows = [.. Enumerable.Range(0, documents).Select(i => ($"d{i}", (float[]?)model.RandomVector(random), ""))];
        await rig.WriteAsync(rows, cancel);
        foreach (Partition partition in rig.Host.Partitions)
        {
            await partition.CompactAsync(cancel);
        }

        QueryAnswer answer = await rig.QueryAsync(model.RandomVector(random), 10, cancel);

        Assert.True(answer.Complete, answer.Reason);
        Assert.Equal(isExact ? documents : 0, answer.Cost.ExactScanned);
        Assert.Equal(isExact, answer.Cost.CodesScanned == 0);
        Assert.Equal([isExact ? "flat" : "rabitq:2"], rig.Host.Partitions.SelectMany(partition => partition.Statistics.Codecs).Distinct());
    }

    [Fact]
    public async Task Expired_documents_do_not_push_living_ones_out()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            new MemoryBlobStore(), Schemas.Dense(Dimension, Metric.L2, 1, 1), new PartitionRigSettings(), cancel);
        float[] query = new float[Dimension];
        IEnumerable<(string, float[]?, string)> Documents(string prefix, float distance) =>
            Enumerable.Range(0, 20).Select(i => ($"{prefix}{i}", (float[]?)[distance + (i / 100f), 0, 0, 0, 0, 0, 0, 0], ""));

        await rig.WriteAsync(Documents("expired", 1), cancel, expiresAt: 1);
        await rig.WriteAsync(Documents("living", 5), cancel);
        foreach (bool frozen in new[] { false, true })
        {
            if (frozen)
            {
                await rig.PartitionOf(0).FreezeAsync(cancel);
            }

            QueryAnswer answer = await rig.QueryAsync(query, 10, cancel);
            Assert.Equal(10, answer.Hits.Length);
            Assert.All(answer.Hits, hit => Assert.StartsWith("living", Encoding.UTF8.GetString(hit.Id.Span), StringComparison.Ordinal));
            Assert.Null(await rig.GetAsync("expired3", cancel));
        }
    }

    [Fact]
    public async Task A_full_budget_holds_writers_back_until_a_freeze_made_room()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            new MemoryBlobStore(),
            Schemas.Dense(256, Metric.L2, 1, 1, codec: CodecSpec.RaBitQ(1)),
            new PartitionRigSettings { MemoryBytes = 600_000, Coarse = new CoarseOptions { FlatBelow = 0 } },
            cancel);
        var random = new SeededRandom(4);
        var model = new CollectionModel(256, Metric.L2);
        Partition partition = rig.PartitionOf(0);
        await rig.WriteAsync(Enumerable.Range(0, 600).Select(i => ($"d{i}", (float[]?)model.RandomVector(random), "")), cancel);
        Assert.True(partition.Overfull, "600 vectors of 1 KiB fit 600 kB");

        await partition.MaintainAsync(cancel);

        Assert.False(partition.Overfull);
        Assert.Equal(600, partition.Statistics.DocumentCount);
        Assert.Equal(0, partition.Statistics.TailDocumentCount);
    }

    [Fact]
    public async Task A_sequence_counts_as_reached_only_once_queries_see_it()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var store = new FaultyBlobStore(new MemoryBlobStore(), new SeededRandom(6), new FaultRates());
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            store, Schemas.Dense(Dimension, Metric.L2, 1, 1), new PartitionRigSettings(), cancel);
        await rig.WriteAsync([("first", new float[Dimension], "")], cancel);
        Partition partition = rig.PartitionOf(0);
        long next = partition.AppliedSequence(0) + 1;
        var reachedEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.OnPoint = async point =>
        {
            if (point.Operation == "read" && point.BlobName == DataPaths.WalEntry(rig.Head.Incarnation, 0, next + 1))
            {
                reachedEnd.TrySetResult();
                await goOn.Task;
            }
        };

        Task write = rig.WriteAsync([("second", new float[Dimension], "")], cancel);
        await reachedEnd.Task.WaitAsync(TimeSpan.FromSeconds(10), cancel);
        bool isCovered = partition.Covers([next]);
        QueryAnswer answer = await rig.QueryAsync(new float[Dimension], 2, cancel);
        goOn.SetResult();
        await write;

        Assert.Equal(isCovered ? 2 : 1, answer.Hits.Length);
        Assert.True(partition.Covers([next]));
        Assert.Equal(2, (await rig.QueryAsync(new float[Dimension], 2, cancel)).Hits.Length);
    }

    [Fact]
    public async Task A_closed_partition_refuses_and_strands_nobody()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            new MemoryBlobStore(), Schemas.Dense(Dimension, Metric.L2, 1, 1), new PartitionRigSettings(), cancel);
        var random = new SeededRandom(5);
        var model = new CollectionModel(Dimension, Metric.L2);
        await rig.WriteAsync(model.RandomRows(random, 50, 50, deletes: 0), cancel);
        Partition closed = rig.PartitionOf(0);

        await rig.Host.CloseAsync(closed.Key, closed);

        Assert.True(closed.IsClosing);
        await Assert.ThrowsAnyAsync<Exception>(() => closed.FreezeAsync(cancel).WaitAsync(TimeSpan.FromSeconds(10), cancel));
        await Assert.ThrowsAnyAsync<Exception>(async () => await closed.GetAsync("d1"u8.ToArray(), cancel));
        Partition reopened = await rig.Host.OpenAsync(closed.Key, rig.Head, rig.Generation, mayFreeze: true, cancel);
        Assert.NotSame(closed, reopened);
        await rig.Host.CloseAsync(closed.Key, closed);
        Assert.True(rig.Host.TryGet(closed.Key, out Partition? still) && still == reopened);
    }
}
