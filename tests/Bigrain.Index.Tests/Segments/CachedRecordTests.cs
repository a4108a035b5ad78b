using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Segments;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class CachedRecordTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_damaged_in_a_cache_is_read_again_from_the_store()
    {
        using var fixture = new SegmentFixture(6, recordsAreLocal: false);
        (Segment segment, DamagedCache cache, int stride) = await OpenAsync(fixture);
        Segment plain = await fixture.OpenAsync(await fixture.WriteAsync(fixture.Documents(40)));
        byte[] found = new byte[stride * 3], expected = new byte[stride * 3];

        await segment.Dense.ReadAsync(new[] { 16, 17, 18 }, found, Token);
        await plain.Dense.ReadAsync(new[] { 16, 17, 18 }, expected, Token);

        Assert.Equal(expected, found);
        Assert.Equal([(4_096L + (16 * stride), 3L * stride)], cache.Forgotten);
        segment.Release();
        plain.Release();
    }

    [Fact]
    public async Task A_record_damaged_in_the_store_itself_is_refused_all_the_same()
    {
        using var fixture = new SegmentFixture(6, recordsAreLocal: false);
        (Segment segment, DamagedCache cache, int stride) = await OpenAsync(fixture);
        fixture.Store.FlipBit(SegmentFixture.Location.Blob("default.dense"), 4_096 + (stride * 3), 1);

        CorruptBlobException error = await Assert.ThrowsAsync<CorruptBlobException>(
            async () => await segment.Dense.ReadAsync(new[] { 3 }, new byte[stride], Token));

        Assert.Equal(4_096 + (stride * 3), error.Offset);
        Assert.Single(cache.Forgotten);
        segment.Release();
    }

    private static async Task<(Segment Segment, DamagedCache Cache, int Stride)> OpenAsync(SegmentFixture fixture)
    {
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(40));
        const int Stride = (6 * sizeof(float)) + sizeof(uint);
        var cache = new DamagedCache(fixture.Store, SegmentFixture.Location.Blob("default.dense"), 4_096 + (Stride * 17) + 2);
        Segment segment = await Segment.OpenAsync(
            fixture.Access with { Store = cache }, SegmentFixture.Location, descriptor, fixture.Schema, fixture.Budget, Token);
        Assert.Equal(Stride, segment.Dense.Layout.StrideBytes);
        return (segment, cache, Stride);
    }
}
