using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class SegmentRoomTests
{
    [Fact]
    public async Task A_partition_that_does_not_fit_is_refused_with_its_price_before_anything_is_loaded()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var store = new MemoryBlobStore();
        CollectionSchema schema = Schemas.Dense(64, Metric.L2, 1, 1);
        await using (PartitionRig rig = await PartitionRig.OpenAsync(store, schema, new PartitionRigSettings(), cancel))
        {
            await rig.WriteAsync(Enumerable.Range(0, 2_000).Select(i => ($"d{i}", (float[]?)[.. Enumerable.Repeat((float)i, 64)], "")), cancel);
            await rig.PartitionOf(0).FreezeAsync(cancel);
        }

        BigrainException refused = await Assert.ThrowsAsync<BigrainException>(
            () => PartitionRig.OpenAsync(store, schema, new PartitionRigSettings { MemoryBytes = 10_000 }, cancel));

        Assert.Equal(ErrorCode.Overloaded, refused.Code);
        Assert.Equal("memory", refused.Field);
        Assert.Matches(@"partition \w+/1/0 needs \d{5,} bytes for 1 segments but only 10000 of 10000 are free: raise --memory or add a silo", refused.Message);
    }
}
