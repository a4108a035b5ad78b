using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Dense;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class DenseReadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Neighbours_become_one_read_of_a_remote_store_and_far_records_do_not()
    {
        using var fixture = new SegmentFixture(4_096, recordsAreLocal: false);
        Segment segment = await fixture.OpenAsync(await fixture.WriteAsync(fixture.Documents(200)));
        int stride = segment.Dense.Layout.StrideBytes;
        var records = new byte[200 * stride];
        DenseReadCost near = await segment.Dense.ReadAsync(new[] { 0, 1, 2, 9 }, records, Token);
        Assert.Equal(new DenseReadCost(4, 10 * stride, 1), near);
        DenseReadCost far = await segment.Dense.ReadAsync(new[] { 0, 60, 120, 180 }, records, Token);
        Assert.Equal(new DenseReadCost(4, 4 * stride, 4), far);
        DenseReadCost all = await segment.Dense.ReadAsync(Enumerable.Range(0, 200).ToArray(), records, Token);
        Assert.Equal(200, all.Records);
        Assert.InRange(all.Reads, 4, 6);
        Assert.Equal(default, await segment.Dense.ReadAsync(Array.Empty<int>(), records, Token));
        segment.Release();
    }

    [Fact]
    public async Task Slots_out_of_order_or_out_of_range_are_refused()
    {
        using var fixture = new SegmentFixture();
        Segment segment = await fixture.OpenAsync(await fixture.WriteAsync(fixture.Documents(20)));
        var records = new byte[4_096];
        foreach (int[] slots in (int[][])[[2, 1], [1, 1], [-1], [20]])
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await segment.Dense.ReadAsync(slots, records, Token));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await segment.Dense.ReadAsync(new[] { 1 }, new byte[3], Token));
        segment.Release();
    }

    [Fact]
    public async Task Scoring_a_warm_local_segment_allocates_nothing_per_record()
    {
        using var fixture = new SegmentFixture(128);
        Segment segment = await fixture.OpenAsync(await fixture.WriteAsync(fixture.Documents(2_000)));
        var query = new DenseQuery(new float[128], Metric.L2);
        int[] slots = Enumerable.Range(0, 100).Select(i => i * 20).ToArray();
        var distances = new float[slots.Length];
        for (int i = 0; i < 3; i++)
        {
            await segment.Dense.ScoreAsync(query, slots, distances, Token);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        ValueTask<DenseReadCost> read = segment.Dense.ScoreAsync(query, slots, distances, Token);
        Assert.True(read.IsCompletedSuccessfully);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512);
        await read;
        segment.Release();
    }
}
