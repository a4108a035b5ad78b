using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>A collection becomes a PQ generation with tables that it trained itself; what it costs was said before.</summary>
public sealed class TableTrainingTests
{
    private const int Dimension = 16;
    private const int Count = 6_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Metric.L2)]
    [InlineData(Metric.Cosine)]
    public async Task A_generation_is_coded_with_the_tables_it_trained_and_so_are_its_freezes_and_merges(Metric metric)
    {
        var random = new SeededRandom(3);
        var store = new MemoryBlobStore();
        await using PartitionRig rig = await OpenAsync(store, metric, 2);
        Dictionary<string, float[]> model = await FillAsync(rig, random, 0, Count);
        ImmutableArray<PinnedPartition> pinned = await rig.PinAsync(Token);
        CodecSpec codec = CodecSpec.Pq(8, 4);
        LearnedTables tables = await TableTraining.TrainAsync(rig.Head, codec, 3, 99, pinned, rig.Services, Token);
        LearnedTables again = await TableTraining.TrainAsync(rig.Head, codec, 3, 99, pinned, rig.Services, Token);
        Assert.Equal(tables.Hash, again.Hash);
        Assert.NotEqual(tables.Hash, (await TableTraining.TrainAsync(rig.Head, codec, 3, 100, pinned, rig.Services, Token)).Hash);
        GenerationRecord target = rig.Generation with
        {
            Generation = 2,
            PartitionCount = 3,
            RotationSeed = 99,
            Representations =
            [
                rig.Generation.Representations[0] with
                {
                    Codec = codec,
                    Tables = await rig.Services.Tables.WriteAsync(rig.Head, 2, tables, Token),
                },
            ],
        };
        for (int partition = 0; partition < 3; partition++)
        {
            await PartitionBuild.RunAsync(new PartitionBuildRequest(rig.Head, target, partition, pinned, 2), rig.Services, null, Token);
        }

        await rig.OpenAsync(target, Token);
        await rig.SwitchAsync(target);
        foreach ((string id, float[] vector) in await FillAsync(rig, random, Count, 500))
        {
            model[id] = vector;
        }

        await rig.PartitionOf(1).CompactAsync(Token);
        Assert.All(rig.Host.Partitions, partition => Assert.Equal("pq:8x4", Assert.Single(partition.Statistics.Codecs)));
        double recall = 0;
        foreach (float[] query in model.Values.Take(40))
        {
            QueryAnswer answer = await rig.QueryAsync(query, 10, Token);
            Assert.True(answer.Complete, answer.Reason);
            recall += answer.Hits.Select(hit => System.Text.Encoding.UTF8.GetString(hit.Id.Span)).Intersect(Nearest(model, query, metric)).Count() / 400.0;
        }

        Assert.True(recall >= 0.97, $"recall {recall}");

        // The same segments under other tables are refused, not searched.
        LearnedTables other = await TableTraining.TrainAsync(rig.Head, codec, 3, 99, pinned.RemoveAt(0), rig.Services, Token);
        GenerationRecord mixed = target with
        {
            Representations = [target.Representations[0] with { Tables = await rig.Services.Tables.WriteAsync(rig.Head, 7, other, Token) }],
        };
        await rig.Host.CloseAsync(rig.KeyOf(0));
        rig.Services.Segments.Dispose();
        await Assert.ThrowsAsync<CorruptBlobException>(() => rig.Host.OpenAsync(rig.KeyOf(0), rig.Head, mixed, mayFreeze: false, Token));
    }

    [Fact]
    public async Task Too_few_documents_are_refused_with_the_numbers()
    {
        await using PartitionRig rig = await OpenAsync(new MemoryBlobStore(), Metric.L2, 2);
        await FillAsync(rig, new SeededRandom(4), 0, 400);
        BigrainException error = await Assert.ThrowsAsync<BigrainException>(async () =>
            await TableTraining.TrainAsync(rig.Head, CodecSpec.Pq(8, 4), 3, 1, await rig.PinAsync(Token), rig.Services, Token));
        Assert.Equal(ErrorCode.Conflict, error.Code);
        Assert.Contains("624", error.Message, StringComparison.Ordinal);
        Assert.Contains("400", error.Message, StringComparison.Ordinal);
        Assert.Equal(9_984, TableTraining.DocumentsNeeded(CodecSpec.Pq(32, 8)));
        Assert.Equal(0, TableTraining.DocumentsNeeded(CodecSpec.RaBitQ(1)));
    }

    [Theory]
    [InlineData("rabitq:1", 2)]
    [InlineData("rabitq:4", 1)]
    [InlineData("pq:8x4", 2)]
    [InlineData("flat", 2)]
    public async Task The_price_of_a_generation_is_known_within_15_percent_before_it_is_built(string codec, int partitions)
    {
        var random = new SeededRandom(5);
        await using PartitionRig rig = await OpenAsync(new MemoryBlobStore(), Metric.L2, 2);
        await FillAsync(rig, random, 0, Count);
        ImmutableArray<PinnedPartition> pinned = await rig.PinAsync(Token);
        CodecSpec spec = CodecSpec.Parse(codec);
        var representation = new GenerationRepresentation("default", spec);
        if (spec.Kind == CodecKind.Pq)
        {
            LearnedTables tables = await TableTraining.TrainAsync(rig.Head, spec, partitions, 99, pinned, rig.Services, Token);
            representation = representation with { Tables = await rig.Services.Tables.WriteAsync(rig.Head, 2, tables, Token) };
        }

        GenerationRecord target = rig.Generation with
        {
            Generation = 2,
            PartitionCount = partitions,
            RotationSeed = 99,
            Representations = [representation],
        };
        long estimate = GenerationPrice.Estimate(Count, rig.Head.Schema, target, rig.Services.Coarse, rig.Services.Options);
        for (int partition = 0; partition < partitions; partition++)
        {
            await PartitionBuild.RunAsync(new PartitionBuildRequest(rig.Head, target, partition, pinned, 2), rig.Services, null, Token);
        }

        long before = rig.Services.Segments.MemoryBytes;
        await rig.OpenAsync(target, Token);
        long real = rig.Services.Segments.MemoryBytes - before;
        Assert.InRange(estimate / (double)real, 0.85, 1.15);
    }

    private static IEnumerable<string> Nearest(Dictionary<string, float[]> model, float[] query, Metric metric) => model
        .OrderBy(pair => metric == Metric.L2 ? Squared(pair.Value, query) : -Cosine(pair.Value, query))
        .Take(10)
        .Select(pair => pair.Key);

    private static double Squared(float[] x, float[] y) => x.Zip(y, (a, b) => (double)(a - b) * (a - b)).Sum();

    private static double Cosine(float[] x, float[] y) =>
        x.Zip(y, (a, b) => (double)a * b).Sum() / Math.Sqrt(x.Sum(a => (double)a * a) * y.Sum(b => (double)b * b));

    /// <summary>Writes documents around 50 centres, and freezes them.</summary>
    private static async Task<Dictionary<string, float[]>> FillAsync(PartitionRig rig, SeededRandom random, int first, int count)
    {
        var centres = new SeededRandom(77);
        float[][] means = [.. Enumerable.Range(0, 50).Select(_ => Vector(centres, 10))];
        Dictionary<string, float[]> rows = Enumerable.Range(first, count).ToDictionary(
            i => $"d{i}", _ => means[random.Next(50)].Zip(Vector(random, 1), (mean, noise) => mean + noise).ToArray());
        foreach (KeyValuePair<string, float[]>[] part in rows.Chunk(1_000))
        {
            await rig.WriteAsync(part.Select(row => (row.Key, (float[]?)row.Value, "{}")), Token);
        }

        foreach (Partition partition in rig.Host.Partitions)
        {
            await partition.FreezeAsync(Token);
        }

        return rows;
    }

    private static float[] Vector(SeededRandom random, float scale) =>
        [.. Enumerable.Range(0, Dimension).Select(_ => (random.Next(2_001) - 1_000) / 1_000f * scale)];

    private static Task<PartitionRig> OpenAsync(IBlobStore store, Metric metric, int partitions) => PartitionRig.OpenAsync(
        store,
        Schemas.Dense(Dimension, metric, partitions, 2, codec: CodecSpec.RaBitQ(2)),
        new PartitionRigSettings { Coarse = new CoarseOptions { FlatBelow = 0, LeafSize = 64 } },
        Token);
}
