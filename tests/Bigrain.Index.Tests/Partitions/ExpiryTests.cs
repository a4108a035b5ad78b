using Bigrain.Index.Coarse;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

/// <summary>Documents with <c>expiresAt</c>: hidden at once, purged without anybody deleting or writing anything.</summary>
public sealed class ExpiryTests
{
    private readonly MemoryBlobStore _store = new();
    private readonly ShiftedTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Expired_documents_are_not_served_and_a_partition_without_writes_purges_them()
    {
        await using PartitionRig rig = await OpenAsync();
        long soon = (_time.GetUtcNow() + TimeSpan.FromHours(1)).ToUnixTimeMilliseconds();
        await rig.WriteAsync(Rows("keep", 70), Cancel);
        await rig.WriteAsync(Rows("gone", 30), Cancel, expiresAt: soon);
        Partition partition = rig.PartitionOf(0);
        await partition.FreezeAsync(Cancel);
        Assert.False(await partition.MaintainAsync(Cancel));
        Assert.Equal((100, 100), (partition.Statistics.DocumentCount, await FoundAsync(rig)));

        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(70, await FoundAsync(rig));
        Assert.Null(await rig.GetAsync("gone-3", Cancel));
        Assert.NotNull(await rig.GetAsync("keep-3", Cancel));

        // Nobody writes, nobody deletes: it is due by the manifest alone.
        Assert.True(await partition.MaintainAsync(Cancel));
        Assert.Equal((70, 0), (partition.Statistics.DocumentCount, partition.Statistics.DeadCount));
        Assert.False(await partition.MaintainAsync(Cancel));
    }

    [Fact]
    public async Task A_segment_of_which_everything_expired_leaves_nothing()
    {
        await using PartitionRig rig = await OpenAsync();
        await rig.WriteAsync(Rows("gone", 30), Cancel, expiresAt: (_time.GetUtcNow() + TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds());
        Partition partition = rig.PartitionOf(0);
        await partition.FreezeAsync(Cancel);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(await partition.MaintainAsync(Cancel));
        Assert.Equal((0, 0), (partition.Statistics.DocumentCount, partition.Statistics.SegmentCount));
    }

    [Fact]
    public async Task A_share_of_dead_and_expired_documents_under_the_limit_is_left_alone()
    {
        await using PartitionRig rig = await OpenAsync();
        await rig.WriteAsync(Rows("keep", 85), Cancel);
        await rig.WriteAsync(Rows("gone", 15), Cancel, expiresAt: (_time.GetUtcNow() + TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds());
        Partition partition = rig.PartitionOf(0);
        await partition.FreezeAsync(Cancel);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(await partition.MaintainAsync(Cancel));

        // Six deletes more, and dead and expired together pass a fifth.
        await rig.WriteAsync(Enumerable.Range(0, 6).Select(i => ($"keep-{i}", (float[]?)null, "")), Cancel);
        Assert.True(await partition.MaintainAsync(Cancel));
        Assert.Equal(79, partition.Statistics.DocumentCount);
    }

    [Fact]
    public async Task A_partition_that_gets_no_row_of_a_long_log_lets_go_of_it()
    {
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            _store, Schemas.Dense(2, Metric.L2, partitions: 8, streams: 1), Settings(new PartitionOptions { FreezeLogBlobs = 20, FreezeDocuments = 1_000 }), Cancel);
        for (int i = 0; i < 25; i++)
        {
            await rig.WriteAsync([("the-same", [i, 1], "{}")], Cancel);
        }

        for (int partition = 0; partition < 8; partition++)
        {
            await rig.PartitionOf(partition).MaintainAsync(Cancel);
        }

        await rig.TrimAsync(Cancel);
        Assert.True(_store.Names.Count(name => name.Contains("/wal/", StringComparison.Ordinal)) <= 1, "the log is still there");
        Assert.NotNull(await rig.GetAsync("the-same", Cancel));
    }

    [Fact]
    public void Steps_tell_the_share_that_has_expired_to_a_twentieth()
    {
        Assert.Null(ExpirySteps.Of([5], 21));
        Assert.Equal([7L, 9L], ExpirySteps.Of([9, 5, 7, 8], 40)!.Value);
        Assert.Equal(0.05, ExpirySteps.ShareExpired([7, 9], 8), 6);
        Assert.Equal(0, ExpirySteps.ShareExpired(null, long.MaxValue));
        Assert.Equal(1, ExpirySteps.ShareExpired(ExpirySteps.Of([3], 1), 3), 6);
    }

    private static IEnumerable<(string Id, float[]? Vector, string Payload)> Rows(string name, int count) =>
        Enumerable.Range(0, count).Select(i => ($"{name}-{i}", (float[]?)[i, i % 7], "{}"));

    private static async Task<int> FoundAsync(PartitionRig rig)
    {
        QueryAnswer answer = await rig.QueryAsync([1, 1], 200, Cancel);
        return answer.Hits.Length;
    }

    private Task<PartitionRig> OpenAsync() => PartitionRig.OpenAsync(
        _store, Schemas.Dense(2, Metric.L2, partitions: 1, streams: 1), Settings(new PartitionOptions { FreezeDocuments = 1_000 }), Cancel);

    private PartitionRigSettings Settings(PartitionOptions options) =>
        new() { Time = _time, Partition = options, Coarse = new CoarseOptions { FlatBelow = 0 } };

    private sealed class ShiftedTime : TimeProvider
    {
        private TimeSpan _shift;

        public void Advance(TimeSpan by) => _shift += by;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _shift;
    }
}
