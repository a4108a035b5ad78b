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
        from codec in new[] { "flat", "rabitq:1", "rabitq:2", "rabitq:3", "rabitq:4" }
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

        LeafLayout layout = LeafBuilder.Build(new MemoryVectorSource(rows, 20), metric, new CoarseOptions { FlatBelow = 0 }, Seed, Stop);
        int[] found = [.. shortlist.Slots.ToArray().Select(slot => layout.RowOfSlot[slot])];
        Assert.Empty(Vectors.Nearest(rows, 20, query, 5).Except(found));
        Assert.Equal(500, cost.CodesScanned + cost.ExactScanned);
        Assert.InRange(shortlist.Count, 5, codec == "flat" ? 5 : 200);
        Assert.All(shortlist.Sources.ToArray(), source => Assert.Equal(3, source));
    }

    [Theory]
    [InlineData("flat")]
    [InlineData("rabitq:1")]
    public void Dead_slots_are_never_offered(string codec)
    {
        float[] rows = Vectors.Gaussian(200, 8, Seed);
        using CoarseIndex index = Load(Write(rows, 8, Metric.L2, codec));
        var query = new CoarseQuery(rows.AsSpan(0, 8), Metric.L2, k: 200);
        var shortlist = new Shortlist(200);
        SearchCost cost = default;
        index.Search(query, 0, [0x5555_5555_5555_5555, 1], shortlist, ref cost, Stop);
        shortlist.Cut();

        Assert.InRange(shortlist.Count, 100, 200 - 33);
        Assert.All(shortlist.Slots.ToArray(), slot => Assert.False(slot < 64 && slot % 2 == 0));
        Assert.DoesNotContain(64, shortlist.Slots.ToArray());
    }

    [Theory]
    [InlineData("flat")]
    [InlineData("rabitq:3")]
    public void Any_flipped_bit_is_refused(string codec)
    {
        byte[] file = Write(Vectors.Gaussian(50, 6, Seed), 6, Metric.L2, codec);
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

    [Theory]
    [InlineData("flat")]
    [InlineData("rabitq:1")]
    [InlineData("rabitq:3")]
    public void Price_is_what_loading_takes(string codec)
    {
        byte[] file = Write(Vectors.Gaussian(1_000, 6, Seed), 6, Metric.L2, codec);
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
