using Bigrain.Index.Documents;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

/// <summary>Random upserts and deletes, freezes, merges and restarts against a dictionary.</summary>
public sealed class PartitionModelTests
{
    private const int IdCount = 120;

    [Theory]
    [InlineData(1UL, Metric.L2, 2, 2)]
    [InlineData(2UL, Metric.Cosine, 1, 3)]
    [InlineData(3UL, Metric.Dot, 3, 1)]
    [InlineData(4UL, Metric.L2, 3, 2)]
    public async Task A_collection_equals_its_model_through_freezes_merges_and_restarts(ulong seed, Metric metric, int partitions, int streams)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var random = new SeededRandom(seed);
        var store = new MemoryBlobStore();
        var model = new CollectionModel(7, metric);
        PartitionRig rig = await OpenAsync(store, metric, partitions, streams, seed);
        try
        {
            for (int round = 0; round < 25; round++)
            {
                List<(string, float[]?, string)> rows = model.RandomRows(random, 1 + random.Next(40), IdCount);
                await rig.WriteAsync(rows, cancel);
                model.Apply(rows);
                int partition = random.Next(partitions);
                switch (random.Next(5))
                {
                    case 0:
                        await rig.PartitionOf(partition).FreezeAsync(cancel);
                        break;
                    case 1:
                        await rig.PartitionOf(partition).CompactAsync(cancel);
                        break;
                    case 2:
                        await rig.PartitionOf(partition).MaintainAsync(cancel);
                        break;
                    case 3:
                        await rig.DisposeAsync();
                        rig = await OpenAsync(store, metric, partitions, streams, seed + (ulong)round + 100);
                        break;
                }

                await model.CheckAsync(rig, random, IdCount, cancel);
            }
        }
        finally
        {
            await rig.DisposeAsync();
        }
    }

    [Fact]
    public async Task Ids_that_share_a_hash_live_side_by_side()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var random = new SeededRandom(5);
        var store = new MemoryBlobStore();
        var model = new CollectionModel(7, Metric.L2);
        PartitionRig rig = await OpenAsync(store, Metric.L2, 2, 2, 5, new TwoHashes());
        try
        {
            for (int round = 0; round < 8; round++)
            {
                List<(string, float[]?, string)> rows = model.RandomRows(random, 20, IdCount);
                await rig.WriteAsync(rows, cancel);
                model.Apply(rows);
                await rig.PartitionOf(round % 2).FreezeAsync(cancel);
                await model.CheckAsync(rig, random, IdCount, cancel);
            }

            await rig.PartitionOf(0).CompactAsync(cancel);
            await rig.PartitionOf(1).CompactAsync(cancel);
            await rig.DisposeAsync();
            rig = await OpenAsync(store, Metric.L2, 2, 2, 6, new TwoHashes());
            await model.CheckAsync(rig, random, IdCount, cancel);
        }
        finally
        {
            await rig.DisposeAsync();
        }
    }

    [Fact]
    public async Task Deletes_that_come_while_segments_are_merged_are_not_undone()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var random = new SeededRandom(9);
        var memory = new MemoryBlobStore();
        var model = new CollectionModel(7, Metric.L2);
        PartitionRig? rig = null;
        var late = model.RandomRows(random, 60, IdCount, deletes: 0.5);
        bool armed = false;
        bool written = false;
        var store = new FaultyBlobStore(memory, new SeededRandom(1), new FaultRates())
        {
            // While the merged segment is uploaded, before the manifest names it.
            OnPoint = async point =>
            {
                if (rig is not null && !written && armed && point is { IsAfter: true, Operation: "create" } && point.BlobName.EndsWith(".coarse", StringComparison.Ordinal))
                {
                    written = true;
                    await rig.WriteAsync(late, cancel);
                    model.Apply(late);
                }
            },
        };
        rig = await PartitionRig.OpenAsync(store, Schemas.Dense(7, Metric.L2, 1, 1), new PartitionRigSettings(), cancel);
        try
        {
            for (int i = 0; i < 2; i++)
            {
                List<(string, float[]?, string)> rows = model.RandomRows(random, 80, IdCount, deletes: 0);
                await rig.WriteAsync(rows, cancel);
                model.Apply(rows);
                await rig.PartitionOf(0).FreezeAsync(cancel);
            }

            armed = true;
            await rig.PartitionOf(0).CompactAsync(cancel);
            Assert.True(written, "the hook never saw the merged segment");
            await model.CheckAsync(rig, random, IdCount, cancel);
            await rig.DisposeAsync();
            rig = await PartitionRig.OpenAsync(memory, Schemas.Dense(7, Metric.L2, 1, 1), new PartitionRigSettings { Seed = 2 }, cancel);
            await model.CheckAsync(rig, random, IdCount, cancel);
        }
        finally
        {
            await rig.DisposeAsync();
        }
    }

    private static Task<PartitionRig> OpenAsync(
        MemoryBlobStore store, Metric metric, int partitions, int streams, ulong seed, IIdHash? hash = null) =>
        PartitionRig.OpenAsync(
            store,
            Schemas.Dense(7, metric, partitions, streams),
            new PartitionRigSettings
            {
                Seed = seed,
                IdHash = hash ?? XxIdHash.Instance,
                Partition = new PartitionOptions { FreezeDocuments = 30, MergeFanIn = 3 },
            },
            TestContext.Current.CancellationToken);

    /// <summary>Only two hash values, so that nearly every id collides.</summary>
    private sealed class TwoHashes : IIdHash
    {
        public ulong Hash(ReadOnlySpan<byte> id) => (id[^1] & 1) == 0 ? 17UL : ulong.MaxValue - 17;
    }
}
