using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Manifests;
using Bigrain.Index.Memory;
using Bigrain.Index.Segments;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class SegmentCacheTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_share_one_load_and_memory_goes_back_with_the_last_reference()
    {
        using var fixture = new SegmentFixture();
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(100));
        using var cache = new SegmentCache(fixture.Access, fixture.Budget, TimeProvider.System);
        Segment[] segments = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => cache.AcquireAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token).AsTask()));
        Assert.All(segments, segment => Assert.Same(segments[0], segment));
        Assert.Equal(1, cache.Count);
        Assert.Equal(segments[0].MemoryBytes, cache.MemoryBytes);
        Assert.Equal(cache.MemoryBytes, fixture.Budget.UsedBytes);

        cache.Forget(SegmentFixture.Location);
        Assert.Equal(0, cache.Count);
        Assert.True(fixture.Find(segments[0], fixture.Documents(1)[0].Id) >= 0);
        Array.ForEach(segments, segment => segment.Release());
        Assert.Equal(0, fixture.Budget.UsedBytes);
        Assert.False(segments[0].TryAddReference());
        Assert.Throws<InvalidOperationException>(segments[0].Release);
    }

    [Fact]
    public async Task What_nobody_uses_gives_way_and_what_is_used_does_not()
    {
        using var fixture = new SegmentFixture(64);
        SegmentLocation[] locations = Enumerable.Range(0, 4).Select(i => SegmentFixture.Location with { Name = $"s{i}" }).ToArray();
        var descriptors = new List<SegmentDescriptor>();
        foreach (SegmentLocation location in locations)
        {
            descriptors.Add(await fixture.WriteAsync(fixture.Documents(200), location));
        }

        Segment probe = await fixture.OpenAsync(descriptors[0], locations[0]);
        var budget = new MemoryBudget((probe.MemoryBytes * 2) + 100);
        probe.Release();
        using var cache = new SegmentCache(fixture.Access, budget, TimeProvider.System);
        Segment first = await AcquireAsync(0);
        (await AcquireAsync(1)).Release();
        Segment third = await AcquireAsync(2);
        Assert.Equal(2, cache.Count);

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(async () => await AcquireAsync(3));
        Assert.Equal(ErrorCode.Overloaded, error.Code);
        third.Release();
        (await AcquireAsync(3)).Release();
        Assert.Same(first, await AcquireAsync(0));
        first.Release();
        first.Release();

        async Task<Segment> AcquireAsync(int i) => await cache.AcquireAsync(locations[i], descriptors[i], fixture.Schema, Token);
    }

    [Fact]
    public async Task Idle_segments_are_unloaded()
    {
        using var fixture = new SegmentFixture();
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(100));
        var time = new ManualTime();
        using var cache = new SegmentCache(fixture.Access, fixture.Budget, time);
        Segment segment = await cache.AcquireAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, cache.EvictIdle(TimeSpan.FromMinutes(15)));
        segment.Release();
        time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(0, cache.EvictIdle(TimeSpan.FromMinutes(15)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, cache.EvictIdle(TimeSpan.FromMinutes(15)));
        Assert.Equal(0, fixture.Budget.UsedBytes);
    }

    [Fact]
    public async Task A_damaged_segment_is_refused_without_reading_it_again_for_a_while()
    {
        using var fixture = new SegmentFixture();
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(100));
        string ids = SegmentFixture.Location.Blob("ids");
        fixture.Store.FlipBit(ids, 300, 1);
        var time = new ManualTime();
        using var cache = new SegmentCache(fixture.Access, fixture.Budget, time);
        await RefusedAsync();
        fixture.Store.FlipBit(ids, 300, 1);
        await RefusedAsync();
        time.Advance(SegmentCache.QuarantineTime);
        Segment segment = await cache.AcquireAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token);

        cache.Quarantine(SegmentFixture.Location, new CorruptBlobException(ids, 300, "this", "that"));
        await RefusedAsync();
        Assert.True(fixture.Find(segment, fixture.Documents(1)[0].Id) >= 0);
        segment.Release();
        Assert.Equal(0, fixture.Budget.UsedBytes);
        cache.EndQuarantine(SegmentFixture.Location);
        (await cache.AcquireAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token)).Release();

        async Task RefusedAsync()
        {
            CorruptBlobException error = await Assert.ThrowsAsync<CorruptBlobException>(
                async () => await cache.AcquireAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token));
            Assert.Equal(ids, error.BlobName);
        }
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}
