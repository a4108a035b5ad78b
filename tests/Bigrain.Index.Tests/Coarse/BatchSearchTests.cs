using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;
using Xunit;

namespace Bigrain.Index.Tests.Coarse;

public sealed class BatchSearchTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, Metric, int, int> Cases => new()
    {
        { "rabitq:1", Metric.L2, 5, 32 }, { "rabitq:2", Metric.Cosine, 3, 64 }, { "rabitq:4", Metric.Dot, 4, 64 },
        { "pq:8x8", Metric.L2, 4, 64 }, { "pq:16x4", Metric.L2, 4, 64 }, { "rabitq:1", Metric.L2, 0, 32 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_batch_scans_what_single_queries_scan(string codec, Metric metric, int nprobe, int leafSize)
    {
        const int Dimension = 32;
        (float[] rows, float[] vectors) = Vectors.Clustered(20_000, 37, Dimension, 50, 3);
        using CoarseIndex index = Build(rows, Dimension, metric, codec, leafSize);
        CoarseQuery[] queries = [.. Enumerable.Range(0, 37).Select(i => new CoarseQuery(vectors.AsSpan(i * Dimension, Dimension), metric, 10, nprobe))];
        Shortlist[] together = [.. queries.Select(_ => new Shortlist(10))];
        SearchCost batchCost = default;
        index.SearchBatch(queries, 1, default, together, ref batchCost, Stop);
        SearchCost singleCost = default;
        for (int i = 0; i < queries.Length; i++)
        {
            var alone = new Shortlist(10);
            index.Search(queries[i], 1, default, alone, ref singleCost, Stop);
            alone.Cut();
            together[i].Cut();
            if (nprobe > 0)
            {
                // Thresholds may fall in another order, but the best ten by estimate are the same.
                Assert.Equal(alone.Slots[..10].ToArray(), together[i].Slots[..10].ToArray());
            }
            else
            {
                Assert.True(alone.Slots[..10].ToArray().Intersect(together[i].Slots[..10].ToArray()).Count() >= 9);
            }
        }

        if (nprobe > 0)
        {
            Assert.Equal(singleCost.CodesScanned, batchCost.CodesScanned);
            Assert.Equal(37 * nprobe, batchCost.LeavesProbed);
        }
    }

    [Theory]
    [InlineData("pq:8x8")]
    [InlineData("pq:16x4")]
    [InlineData("pq:5x8")]
    public void Product_codes_find_neighbours_within_their_bounds(string codec)
    {
        const int Dimension = 32;
        (float[] rows, float[] vectors) = Vectors.Clustered(5_000, 40, Dimension, 50, 3);
        using CoarseIndex index = Build(rows, Dimension, Metric.L2, codec, 128, out LeafLayout layout);
        Assert.Equal(codec, index.Codec.ToString());
        Assert.Equal(index.MemoryBytes, index.Memory.TotalBytes);
        int hits = 0;
        for (int i = 0; i < 40; i++)
        {
            var query = new CoarseQuery(vectors.AsSpan(i * Dimension, Dimension), Metric.L2, 10, nprobe: index.LeafCount);
            var shortlist = new Shortlist(10, 5_000);
            SearchCost cost = default;
            index.Search(query, 0, default, shortlist, ref cost, Stop);
            shortlist.Cut();
            hits += Vectors.Nearest(rows, Dimension, query, 10).Intersect(shortlist.Slots.ToArray().Select(slot => layout.RowOfSlot[slot])).Count();
        }

        Assert.InRange(hits, 380, 400);
    }

    private static CoarseIndex Build(float[] rows, int dimension, Metric metric, string codec, int leafSize) =>
        Build(rows, dimension, metric, codec, leafSize, out _);

    private static CoarseIndex Build(float[] rows, int dimension, Metric metric, string codec, int leafSize, out LeafLayout layout)
    {
        var options = new CoarseOptions { FlatBelow = 0, LeafSize = leafSize };
        layout = LeafBuilder.Build(new MemoryVectorSource(rows, dimension), metric, options, 1, Stop);
        var slots = new MemoryVectorSource(rows, dimension, layout.RowOfSlot.ToArray());
        CodecSpec wish = CodecSpec.Parse(codec);
        PqCodebooks? codebooks = wish.Kind == CodecKind.Pq ? PqTraining.Train(slots, layout, metric, wish, 2, Stop) : null;
        using var file = new MemoryStream();
        CoarseWriter.Write(file, slots, layout, metric, wish, codebooks, 2, options, Stop);
        file.Position = 0;
        return CoarseIndex.Load(file, "batch");
    }
}
