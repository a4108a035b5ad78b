using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Coarse;

/// <summary>Estimates hold their stated bounds end to end: codes, factors, rounding of tables and of factors.</summary>
public sealed class BoundTests(ITestOutputHelper output)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<Metric, int> Bits => new(
        from metric in new[] { Metric.L2, Metric.Cosine, Metric.Dot }
        from bits in new[] { 1, 2, 3, 4 }
        select (metric, bits));

    public static TheoryData<int, int> LargeDimensions => new(
        from dimension in new[] { 1, 3, 100, 784, 3_072, 4_096, 16_384 }
        from bits in new[] { 1, 4 }
        select (dimension, bits));

    [Theory]
    [MemberData(nameof(Bits))]
    public void Errors_stay_within_bounds_at_the_stated_confidence(Metric metric, int bits)
    {
        float[] rows = Vectors.Gaussian(3_000, 96, 5);
        Assert.InRange(ShareOutside(rows, 96, metric, bits, queries: 20), 0, 0.08);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Bounds_hold_where_table_rounding_is_most_of_the_error(int bits)
    {
        // Tight clusters far from each other: residuals are a thousandth of what tables have to span.
        (float[] rows, _) = Vectors.Clustered(3_000, 1, 64, 12, 9);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] += 20 * MathF.Sin(i / 64 % 12 * 7.1f * (1 + (i % 64)));
        }

        Assert.InRange(ShareOutside(rows, 64, Metric.L2, bits, queries: 20), 0, 0.08);
    }

    [Theory]
    [MemberData(nameof(LargeDimensions))]
    public void Any_dimension_finds_its_own_vectors(int dimension, int bits)
    {
        float[] rows = Vectors.Gaussian(70, dimension, 3);
        using CoarseIndex index = Build(rows, dimension, Metric.L2, bits, out LeafLayout layout);
        for (int row = 0; row < 70; row += 23)
        {
            var query = new CoarseQuery(rows.AsSpan(row * dimension, dimension), Metric.L2, 1);
            var shortlist = new Shortlist(1, 70);
            SearchCost cost = default;
            index.Search(query, 0, default, shortlist, ref cost, Stop);
            Assert.Contains(row, shortlist.Slots.ToArray().Select(slot => layout.RowOfSlot[slot]));
        }
    }

    [Fact]
    public void A_query_allocates_little_and_nothing_per_candidate()
    {
        (float[] rows, float[] vectors) = Vectors.Clustered(20_000, 30, 64, 50, 3);
        using CoarseIndex index = Build(rows, 64, Metric.L2, 1, out _);
        var shortlist = new Shortlist(10);
        SearchCost cost = default;
        long before = 0;
        for (int i = 0; i < 30; i++)
        {
            if (i == 10)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            var query = new CoarseQuery(vectors.AsSpan(i * 64, 64), Metric.L2, 10);
            shortlist.Reset(10);
            index.Search(query, 0, default, shortlist, ref cost, Stop);
            shortlist.Cut();
        }

        long perQuery = (GC.GetAllocatedBytesForCurrentThread() - before) / 20;
        output.WriteLine($"{perQuery} bytes a query, {cost.CandidatesAdded / 30} candidates");
        Assert.InRange(perQuery, 0, 2_048);
    }

    private double ShareOutside(float[] rows, int dimension, Metric metric, int bits, int queries)
    {
        using CoarseIndex index = Build(rows, dimension, metric, bits, out LeafLayout layout);
        int count = rows.Length / dimension;
        int outside = 0;
        int total = 0;
        for (int i = 0; i < queries; i++)
        {
            // Asking for as many neighbours as there are rows switches the cut off: every estimate is seen.
            var query = new CoarseQuery(Vectors.Gaussian(1, dimension, (ulong)(100 + i)), metric, count, index.LeafCount);
            var shortlist = new Shortlist(count, count);
            SearchCost cost = default;
            index.Search(query, 0, default, shortlist, ref cost, Stop);
            Assert.Equal(count, shortlist.Count);
            for (int j = 0; j < shortlist.Count; j++)
            {
                float[] record = rows.AsSpan(layout.RowOfSlot[shortlist.Slots[j]] * dimension, dimension).ToArray();
                if (metric == Metric.Cosine)
                {
                    RankDistance.Normalise(record);
                }

                float exact = RankDistance.Compute(metric, query.Vector, record);
                outside += MathF.Abs(exact - shortlist.Estimates[j]) > shortlist.Errors[j] + (1e-5f * MathF.Abs(exact)) ? 1 : 0;
                total++;
            }
        }

        output.WriteLine($"{metric} {bits} bits: {outside} of {total} outside");
        return outside / (double)total;
    }

    private static CoarseIndex Build(float[] rows, int dimension, Metric metric, int bits, out LeafLayout layout)
    {
        var options = new CoarseOptions { FlatBelow = 0, LeafSize = 128 };
        layout = LeafBuilder.Build(new MemoryVectorSource(rows, dimension), metric, options, 1, Stop);
        using var file = new MemoryStream();
        var slots = new MemoryVectorSource(rows, dimension, layout.RowOfSlot.ToArray());
        CoarseWriter.Write(file, slots, layout, metric, CodecSpec.RaBitQ(bits), 2, options, Stop);
        file.Position = 0;
        return CoarseIndex.Load(file, "bounds");
    }
}
