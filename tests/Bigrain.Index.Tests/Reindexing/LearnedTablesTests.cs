using System.Globalization;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>Tables are one blob for a generation: golden bytes, damage, and codes of other tables.</summary>
public sealed class LearnedTablesTests
{
    private const string GoldenHeader = "4247424c010008003801000000000000030400000400000002000000000000002a00000000000000";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_blob_has_the_bytes_of_its_format_page()
    {
        LearnedTables tables = Make(seed: 42, shift: 0);
        byte[] blob = tables.ToBlob().ToArray();
        Assert.Equal(16 + 24 + (4 * 16 * 4) + 16, blob.Length);
        Assert.Equal(GoldenHeader, Convert.ToHexStringLower(blob.AsSpan(0, 40)));
        Assert.Equal("a83c3c00fb14c4e56021c7f97a67c64a", tables.Hash.ToString("x32", CultureInfo.InvariantCulture));
        LearnedTables read = LearnedTables.Parse("t", blob);
        Assert.Equal(tables.Codebooks.Centroids, read.Codebooks.Centroids);
        Assert.Equal(42UL, read.RotationSeed);
        Assert.Equal("pq:2x4", read.Codec.ToString());
        Assert.Equal(tables.Hash, read.Hash);
    }

    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        byte[] blob = Make(seed: 42, shift: 0).ToBlob().ToArray();
        for (int bit = 0; bit < blob.Length * 8; bit += 7)
        {
            blob[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<CorruptBlobException>(() => LearnedTables.Parse("t", blob));
            blob[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public async Task A_generation_reads_its_tables_once_and_only_those_it_names()
    {
        var store = new MemoryBlobStore();
        var source = new GenerationTables(store);
        CollectionHead head = Head();
        GenerationRecord generation = Generation(head, null);
        Assert.Null(await source.GetAsync(head, generation, Token));
        LearnedTables made = Make(seed: generation.RotationSeed, shift: 0);
        TablesReference reference = await source.WriteAsync(head, 2, made, Token);
        Assert.Equal(reference, await source.WriteAsync(head, 2, made, Token));
        LearnedTables read = (await source.GetAsync(head, Generation(head, reference), Token))!;
        Assert.Same(read, await source.GetAsync(head, Generation(head, reference), Token));
        Assert.Equal(made.Hash, read.Hash);
        BigrainException conflict = await Assert.ThrowsAsync<BigrainException>(
            () => source.WriteAsync(head, 2, Make(generation.RotationSeed, shift: 1), Token));
        Assert.Equal(ErrorCode.Conflict, conflict.Code);
        await Assert.ThrowsAsync<CorruptBlobException>(async () =>
            await source.GetAsync(head, Generation(head, reference with { XxHash128 = new string('0', 32) }), Token));
        await Assert.ThrowsAsync<CorruptBlobException>(async () =>
            await source.GetAsync(head, Generation(head, reference) with { RotationSeed = 1 }, Token));
        await Assert.ThrowsAsync<CorruptBlobException>(async () =>
            await source.GetAsync(head, Generation(head, reference with { Generation = 9 }), Token));
    }

    [Fact]
    public void Codes_of_other_tables_are_refused_and_those_of_the_same_are_smaller_and_search_alike()
    {
        const int Count = 600;
        var rows = new float[Count * 4];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = ((i * 7919) % 1_001) / 500f;
        }

        var options = new CoarseOptions { FlatBelow = 0 };
        LearnedTables tables = Make(seed: 5, shift: 0);
        LeafLayout layout = LeafBuilder.Build(new MemoryVectorSource(rows, 4), Metric.L2, options, 3, Token);
        var slots = new MemoryVectorSource(rows, 4, layout.RowOfSlot.ToArray());
        using var own = new MemoryStream();
        CoarseWriter.Write(own, slots, layout, Metric.L2, CodecSpec.Pq(2, 4), tables.Codebooks, 5, options, Token);
        using var shared = new MemoryStream();
        CodecSpec codec = CoarseWriter.Write(shared, slots, layout, Metric.L2, CodecSpec.Pq(2, 4), tables, 5, options, Token);
        Assert.Equal("pq:2x4", codec.ToString());
        Assert.Equal(tables.Codebooks.Centroids.Length * sizeof(float), own.Length - shared.Length);

        using CoarseIndex first = Load(own, null);
        using CoarseIndex second = Load(shared, tables);
        Assert.Equal(Search(first, rows), Search(second, rows));
        Assert.Throws<CorruptBlobException>(() => Load(shared, null));
        Assert.Throws<CorruptBlobException>(() => Load(shared, Make(seed: 5, shift: 1)));
        Assert.Throws<CorruptBlobException>(() => Load(own, tables));
        Assert.Throws<ArgumentException>(() => CoarseWriter.Write(
            new MemoryStream(), slots, layout, Metric.L2, CodecSpec.Pq(2, 4), tables, 6, options, Token));
    }

    private static CoarseIndex Load(MemoryStream file, LearnedTables? tables)
    {
        file.Position = 0;
        return CoarseIndex.Load(file, "c", tables);
    }

    private static (int Slot, float Estimate)[] Search(CoarseIndex index, float[] rows)
    {
        var shortlist = new Shortlist(5, 50, 5);
        var cost = default(SearchCost);
        index.Search(new CoarseQuery(rows.AsSpan(40, 4).ToArray(), Metric.L2, 5, 0), 0, [], shortlist, ref cost, Token);
        shortlist.Cut();
        return [.. Enumerable.Range(0, shortlist.Count).Select(i => (shortlist.Slots[i], shortlist.Estimates[i])).Order()];
    }

    private static LearnedTables Make(ulong seed, int shift)
    {
        var centroids = new float[4 << 4];
        for (int i = 0; i < centroids.Length; i++)
        {
            centroids[i] = (((i + shift) * 37) % 64 / 32f) - 1;
        }

        return LearnedTables.Of(new PqCodebooks(centroids, 4, 2, 4), seed);
    }

    private static CollectionHead Head() => new(
        "c",
        new CollectionIncarnation(new string('a', 32)),
        Schemas.Dense(4, Metric.L2),
        1,
        null,
        null,
        1,
        DateTimeOffset.UnixEpoch);

    private static GenerationRecord Generation(CollectionHead head, TablesReference? tables) => new(
        2, 2, 77, [new GenerationRepresentation(head.Schema.Default.Name, CodecSpec.Pq(2, 4)) { Tables = tables }], DateTimeOffset.UnixEpoch);
}
