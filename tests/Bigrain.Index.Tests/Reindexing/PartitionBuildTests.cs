using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Tests.Partitions;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>Partitions of a new generation, built while the old one is written to, against a dictionary.</summary>
public sealed class PartitionBuildTests
{
    private const int IdCount = 300;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1UL, 4, 3, 4)]
    [InlineData(2UL, 4, 12, 3)]
    [InlineData(3UL, 1, 5, 2)]
    [InlineData(4UL, 12, 1, 5)]
    [InlineData(5UL, 3, 3, 3)]
    public async Task A_generation_built_between_writes_equals_the_model(ulong seed, int from, int to, int streams)
    {
        var random = new SeededRandom(seed);
        var store = new MemoryBlobStore();
        var model = new CollectionModel(7, Metric.L2);
        await using PartitionRig rig = await OpenAsync(store, from, streams, seed);
        await WriteAndMaintainAsync(rig, model, random, rounds: 14);
        ImmutableArray<PinnedPartition> pinned = PinnedPartitions.Decode(PinnedPartitions.Encode(await rig.PinAsync(Token)));
        GenerationRecord target = Target(rig, to);
        for (int partition = 0; partition < to; partition++)
        {
            // Sources go on: they freeze, merge and drop segments that the builds read.
            await WriteAndMaintainAsync(rig, model, random, rounds: 2);
            PartitionBuildReport report = await BuildAsync(rig, target, partition, pinned);
            Assert.True(report.Created);
            PartitionBuildReport again = await BuildAsync(rig, target, partition, pinned);
            Assert.Equal(default, again);
        }

        await rig.OpenAsync(target, Token);
        await WriteAndMaintainAsync(rig, model, random, rounds: 3);
        await rig.SwitchAsync(target);
        await model.CheckAsync(rig, random, IdCount, Token);
        await WriteAndMaintainAsync(rig, model, random, rounds: 4);
        await model.CheckAsync(rig, random, IdCount, Token);
    }

    [Fact]
    public async Task A_build_that_died_at_any_call_of_the_store_is_done_again()
    {
        var random = new SeededRandom(7);
        var store = new MemoryBlobStore();
        var model = new CollectionModel(7, Metric.L2);
        await using PartitionRig rig = await OpenAsync(store, 4, 3, 7);
        await WriteAndMaintainAsync(rig, model, random, rounds: 10);
        ImmutableArray<PinnedPartition> pinned = await rig.PinAsync(Token);
        GenerationRecord target = Target(rig, 3);
        int crashes = 0;
        for (int partition = 0; partition < 3; partition++)
        {
            for (long point = 1; ; point++)
            {
                var dying = new FaultyBlobStore(store, new SeededRandom((ulong)point), new FaultRates()) { CrashAtPoint = point };
                PartitionServices services = rig.Services with { Store = dying };
                try
                {
                    await PartitionBuild.RunAsync(Request(rig, target, partition, pinned), services, null, Token);
                    break;
                }
                catch (Exception death) when (dying.IsCrashed && death is not Xunit.Sdk.XunitException)
                {
                    crashes++;
                }
            }

            Assert.Equal(default, await BuildAsync(rig, target, partition, pinned));
        }

        Assert.True(crashes > 30, $"only {crashes} points");
        await rig.OpenAsync(target, Token);
        await rig.SwitchAsync(target);
        await model.CheckAsync(rig, random, IdCount, Token);
    }

    [Fact]
    public async Task Large_partitions_become_several_segments_of_equal_size_and_progress_is_told()
    {
        var random = new SeededRandom(8);
        var store = new MemoryBlobStore();
        var model = new CollectionModel(7, Metric.L2);
        await using PartitionRig rig = await OpenAsync(store, 1, 1, 8);
        List<(string, float[]?, string)> rows = [.. Enumerable.Range(0, 250).Select(i => ($"d{i}", (float[]?)model.RandomVector(random), "{}"))];
        await rig.WriteAsync(rows, Token);
        model.Apply(rows);
        await rig.PartitionOf(0).FreezeAsync(Token);
        var told = new List<BuildProgress>();
        PartitionServices services = rig.Services with
        {
            Options = new PartitionOptions { FreezeDocuments = 30, MergeFanIn = 3, MaxSegmentDocuments = 100 },
        };
        GenerationRecord target = Target(rig, 1);
        PartitionBuildReport report = await PartitionBuild.RunAsync(
            Request(rig, target, 0, await rig.PinAsync(Token)), services, new Listener(told), Token);
        Assert.Equal(3, report.SegmentCount);
        Assert.Equal(250, report.Documents);
        Assert.Equal(new BuildProgress(250, 250), told[^1]);
        await rig.OpenAsync(target, Token);
        await rig.SwitchAsync(target);
        await model.CheckAsync(rig, random, IdCount, Token);
    }

    [Fact]
    public async Task Expired_documents_are_left_behind_and_do_not_bring_older_ones_back()
    {
        var time = new ShiftedTime();
        var store = new MemoryBlobStore();
        var model = new CollectionModel(7, Metric.L2);
        var random = new SeededRandom(9);
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            store, Schemas.Dense(7, Metric.L2, 2, 2), new PartitionRigSettings { Time = time }, Token);
        (string, float[]?, string)[] old = [.. Enumerable.Range(0, 40).Select(i => ($"d{i}", (float[]?)model.RandomVector(random), "{}"))];
        await rig.WriteAsync(old, Token);
        await FreezeAsync(rig);
        await rig.WriteAsync(old.Take(20), Token, time.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds());
        await FreezeAsync(rig);
        ImmutableArray<PinnedPartition> pinned = await rig.PinAsync(Token);
        time.Shift = TimeSpan.FromMinutes(2);
        model.Apply(old.Skip(20));
        GenerationRecord target = Target(rig, 3);
        long documents = 0;
        for (int partition = 0; partition < 3; partition++)
        {
            documents += (await BuildAsync(rig, target, partition, pinned)).Documents;
        }

        Assert.Equal(20, documents);
        await rig.OpenAsync(target, Token);
        await rig.SwitchAsync(target);
        await model.CheckAsync(rig, random, 40, Token);
    }

    [Theory]
    [InlineData(DenseType.Fp16)]
    [InlineData(DenseType.Int8)]
    public async Task Records_are_made_anew_in_another_dense_type(DenseType type)
    {
        var random = new SeededRandom(10);
        var store = new MemoryBlobStore();
        var model = new CollectionModel(7, Metric.L2);
        await using PartitionRig rig = await OpenAsync(store, 2, 2, 10);
        (string Id, float[]? Vector, string)[] rows = [.. Enumerable.Range(0, 50).Select(i => ($"d{i}", (float[]?)model.RandomVector(random), "{}"))];
        await rig.WriteAsync(rows, Token);
        await FreezeAsync(rig);
        ImmutableArray<PinnedPartition> pinned = await rig.PinAsync(Token);
        GenerationRecord target = Target(rig, 3);
        target = target with { Representations = [target.Representations[0] with { DenseType = type }] };
        for (int partition = 0; partition < 3; partition++)
        {
            await BuildAsync(rig, target, partition, pinned);
        }

        await rig.OpenAsync(target, Token);
        await rig.SwitchAsync(target);
        var layout = new DenseRecordLayout(type, 7);
        byte[] record = new byte[layout.RecordBytes];
        float[] expected = new float[7];
        foreach ((string id, float[]? vector, _) in rows)
        {
            layout.Encode(vector, record);
            layout.Decode(record, expected);
            Assert.Equal(expected, (await rig.GetAsync(id, Token))!.Vector);
        }

        // The lossy values are the source of the next generation.
        pinned = await rig.PinAsync(Token);
        GenerationRecord third = Target(rig, 2) with { Generation = 3 };
        for (int partition = 0; partition < 2; partition++)
        {
            await BuildAsync(rig, third, partition, pinned);
        }

        await rig.OpenAsync(third, Token);
        await rig.SwitchAsync(third);
        layout.Encode(rows[7].Vector, record);
        layout.Decode(record, expected);
        Assert.Equal(expected, (await rig.GetAsync(rows[7].Id, Token))!.Vector);
    }

    [Fact]
    public async Task A_partition_missing_among_the_sources_is_refused()
    {
        await using PartitionRig rig = await OpenAsync(new MemoryBlobStore(), 4, 2, 11);
        ImmutableArray<PinnedPartition> pinned = await rig.PinAsync(Token);
        GenerationRecord target = Target(rig, 2);
        await Assert.ThrowsAsync<ArgumentException>(() => BuildAsync(rig, target, 0, pinned.RemoveAt(1)));
        Assert.True((await BuildAsync(rig, target, 0, pinned.RemoveAt(3))).Created);
    }

    private static GenerationRecord Target(PartitionRig rig, int partitions) => rig.Generation with
    {
        Generation = rig.Generation.Generation + 1,
        PartitionCount = partitions,
        RotationSeed = rig.Generation.RotationSeed + 1,
    };

    private static PartitionBuildRequest Request(PartitionRig rig, GenerationRecord target, int partition, ImmutableArray<PinnedPartition> pinned) =>
        new(rig.Head, target, partition, pinned, rig.Generation.PartitionCount);

    private static Task<PartitionBuildReport> BuildAsync(
        PartitionRig rig, GenerationRecord target, int partition, ImmutableArray<PinnedPartition> pinned) =>
        PartitionBuild.RunAsync(Request(rig, target, partition, pinned), rig.Services, null, Token);

    private static async Task WriteAndMaintainAsync(PartitionRig rig, CollectionModel model, SeededRandom random, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            List<(string, float[]?, string)> rows = model.RandomRows(random, 1 + random.Next(60), IdCount);
            await rig.WriteAsync(rows, Token);
            model.Apply(rows);
            Partition partition = rig.PartitionOf(random.Next(rig.Generation.PartitionCount));
            switch (random.Next(4))
            {
                case 0:
                    await partition.FreezeAsync(Token);
                    break;
                case 1:
                    await partition.CompactAsync(Token);
                    break;
                case 2:
                    await partition.MaintainAsync(Token);
                    break;
            }
        }
    }

    private static async Task FreezeAsync(PartitionRig rig)
    {
        foreach (Partition partition in rig.Host.Partitions)
        {
            await partition.FreezeAsync(Token);
        }
    }

    private static Task<PartitionRig> OpenAsync(IBlobStore store, int partitions, int streams, ulong seed) => PartitionRig.OpenAsync(
        store,
        Schemas.Dense(7, Metric.L2, partitions, streams),
        new PartitionRigSettings { Seed = seed, Partition = new PartitionOptions { FreezeDocuments = 30, MergeFanIn = 3 } },
        Token);

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }

    private sealed class Listener(List<BuildProgress> told) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => told.Add(value);
    }
}
