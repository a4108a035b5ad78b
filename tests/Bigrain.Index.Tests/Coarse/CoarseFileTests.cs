using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Coarse;

public sealed class CoarseFileTests
{
    private const ulong Seed = 7;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<Metric, string> Cases => new(
        from metric in new[] { Metric.L2, Metric.Cosine, Metric.Dot }
        from codec in new[] { "flat" }
        select (metric, codec));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Written_and_loaded_index_finds_the_exact_neighbours(Metric metric, string codec)
    {
        float[] rows = Vectors.Gaussian(500, 20, Seed);
        using CoarseIndex index = Load(Write(rows, 20, metric, codec));
        var query = new CoarseQuery(rows.AsSpan(40, 20), metric, k: 5);
        var shortlist = new Shortlist(5);
        SearchCost cost = default;
        index.Search(query, 3, default, shortlist, ref cost, Stop);
        shortlist.Cut();

        Assert.Equal(Vectors.Nearest(rows, 20, query, 5).Order(), shortlist.Slots.ToArray().Take(5).Order());
        Assert.Equal(500, cost.CodesScanned);
        Assert.All(shortlist.Sources.ToArray(), source => Assert.Equal(3, source));
    }

    [Fact]
    public void Dead_slots_are_never_offered()
    {
        float[] rows = Vectors.Gaussian(200, 8, Seed);
        using CoarseIndex index = Load(Write(rows, 8, Metric.L2, "flat"));
        var query = new CoarseQuery(rows.AsSpan(0, 8), Metric.L2, k: 200);
        var shortlist = new Shortlist(200);
        SearchCost cost = default;
        index.Search(query, 0, [0x5555_5555_5555_5555, 1], shortlist, ref cost, Stop);
        shortlist.Cut();

        Assert.Equal(200 - 33, shortlist.Count);
        Assert.All(shortlist.Slots.ToArray(), slot => Assert.False(slot < 64 && slot % 2 == 0));
        Assert.DoesNotContain(64, shortlist.Slots.ToArray());
    }

    [Fact]
    public void Any_flipped_bit_is_refused()
    {
        byte[] file = Write(Vectors.Gaussian(50, 6, Seed), 6, Metric.L2, "flat");
        for (int position = 0; position < file.Length; position++)
        {
            byte[] damaged = [.. file];
            damaged[position] ^= 0x10;
            var error = Assert.Throws<CorruptBlobException>(() => Load(damaged));
            Assert.Equal("seg/x", error.BlobName);
        }
    }

    [Fact]
    public void Any_missing_end_is_refused()
    {
        byte[] file = Write(Vectors.Gaussian(50, 6, Seed), 6, Metric.L2, "flat");
        for (int length = 0; length < file.Length; length += 13)
        {
            Assert.Throws<CorruptBlobException>(() => Load(file[..length]));
        }
    }

    [Fact]
    public void Price_is_what_loading_takes()
    {
        byte[] file = Write(Vectors.Gaussian(50, 6, Seed), 6, Metric.L2, "flat");
        using CoarseIndex index = Load(file);
        Assert.Equal(index.MemoryBytes, CoarseIndex.PriceBytes(file.AsSpan(0, CoarseIndex.HeaderBytes)));
        Assert.Equal(index.MemoryBytes, index.Memory.TotalBytes);
    }

    private static CoarseIndex Load(byte[] file)
    {
        using var stream = new MemoryStream(file);
        return CoarseIndex.Load(stream, "seg/x");
    }

    private static byte[] Write(float[] rows, int dimension, Metric metric, string codec)
    {
        var options = new CoarseOptions { FlatBelow = 0 };
        var source = new MemoryVectorSource(rows, dimension);
        LeafLayout layout = LeafBuilder.Build(source, metric, options, Seed, Stop);
        var slots = new MemoryVectorSource(rows, dimension, layout.RowOfSlot.ToArray());
        using var stream = new MemoryStream();
        CoarseWriter.Write(stream, slots, layout, metric, CodecSpec.Parse(codec), Seed, options, Stop);
        return stream.ToArray();
    }
}
