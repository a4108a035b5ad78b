using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

/// <summary>Two copies of one partition: the rig's is the primary, the other one follows.</summary>
public sealed class FollowTests : IAsyncLifetime
{
    private readonly MemoryBlobStore _store = new();
    private readonly PartitionRigSettings _settings = new();
    private PartitionRig _primary = null!;
    private PartitionRig _other = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Partition Primary => _primary.PartitionOf(0);

    private Partition Follower => _other.PartitionOf(0);

    public async ValueTask InitializeAsync()
    {
        CollectionSchema schema = Schemas.Dense(4, Metric.L2, 1, 1);
        _other = await PartitionRig.OpenAsync(_store, schema, _settings, Cancel);
        _primary = await PartitionRig.OpenAsync(_store, schema, _settings, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _primary.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_new_is_nothing_to_follow()
    {
        await WriteAsync("a", 1);

        Assert.False(await Follower.FollowAsync(Cancel));
    }

    [Fact]
    public async Task A_follower_takes_the_segment_and_drops_the_tail_it_covers()
    {
        await WriteAsync("a", 1);
        await Primary.FreezeAsync(Cancel);
        await WriteAsync("b", 2);

        Assert.True(await Follower.FollowAsync(Cancel));

        Assert.Equal(Primary.Revision, Follower.Revision);
        Assert.Equal(1, Follower.Statistics.SegmentCount);
        Assert.Equal(1, Follower.Statistics.TailDocumentCount);
        Assert.Equal(2, Follower.Statistics.DocumentCount);
        Assert.Equal(1, (await _other.GetAsync("a", Cancel))!.Vector[0]);
        Assert.Equal(2, (await _other.GetAsync("b", Cancel))!.Vector[0]);
    }

    [Fact]
    public async Task What_was_deleted_after_the_freeze_stays_deleted()
    {
        await WriteAsync("a", 1);
        await WriteAsync("b", 2);
        await Primary.FreezeAsync(Cancel);
        await _primary.WriteAsync([("a", null, "")], Cancel);
        await WriteAsync("b", 3);
        await Follower.CatchUpAsync(Cancel);

        Assert.True(await Follower.FollowAsync(Cancel));

        Assert.Null(await _other.GetAsync("a", Cancel));
        Assert.Equal(3, (await _other.GetAsync("b", Cancel))!.Vector[0]);
        Assert.Equal(1, Follower.Statistics.DocumentCount);
    }

    [Fact]
    public async Task A_follower_that_has_applied_more_than_the_segment_covers_loses_none_of_it()
    {
        await WriteAsync("a", 1);
        await Primary.FreezeAsync(Cancel);
        await WriteAsync("b", 2);
        await Follower.CatchUpAsync(Cancel);
        long applied = Follower.AppliedSequence(0);

        await Follower.FollowAsync(Cancel);

        Assert.True(Follower.AppliedSequence(0) >= applied);
        Assert.Equal(2, Follower.Statistics.DocumentCount);
    }

    [Fact]
    public async Task A_primary_that_lost_the_race_follows_and_goes_on()
    {
        await WriteAsync("a", 1);
        await Follower.CatchUpAsync(Cancel);
        await Primary.FreezeAsync(Cancel);

        Index.Errors.BigrainException error = await Assert.ThrowsAsync<Index.Errors.BigrainException>(() => Follower.FreezeAsync(Cancel));
        Assert.Equal(Index.Errors.ErrorCode.Fenced, error.Code);
        Assert.True(Follower.IsFenced);
        Assert.Equal(1, Follower.Statistics.DocumentCount);

        Assert.True(await Follower.FollowAsync(Cancel));
        Assert.False(Follower.IsFenced);
        await WriteAsync("b", 2);
        await Follower.CatchUpAsync(Cancel);
        await Follower.FreezeAsync(Cancel);
        Assert.Equal(2, Follower.Statistics.DocumentCount);
        Assert.Equal(2, Follower.Revision);
    }

    [Fact]
    public async Task Segments_that_the_primary_merged_away_are_let_go_by_the_follower_too()
    {
        await FreezeEachAsync("a", "b", "c");
        await Follower.FollowAsync(Cancel);
        Assert.Equal(3, Follower.Services.Segments.Count);

        await FollowsTheMergeOfAsync(documents: 3);
    }

    [Fact]
    public async Task Segments_opened_for_a_manifest_that_was_not_followed_to_the_end_are_let_go_with_the_next_one()
    {
        await FreezeEachAsync("a");
        PartitionSnapshot between = Primary.TakeSnapshot();
        Segment opened = await Follower.Services.Segments.AcquireAsync(
            SegmentLocation.Of(Follower.Key, between.Segments[0].Descriptor.Name), between.Segments[0].Descriptor, Follower.Head.Schema, Cancel);
        opened.Release();
        between.Release();
        await WriteAsync("b", 2);

        await FollowsTheMergeOfAsync(documents: 2);
    }

    [Fact]
    public async Task A_snapshot_taken_before_stays_whole_after()
    {
        await WriteAsync("a", 1);
        await Follower.CatchUpAsync(Cancel);
        PartitionSnapshot before = Follower.TakeSnapshot();
        await Primary.FreezeAsync(Cancel);

        await Follower.FollowAsync(Cancel);

        Assert.Single(before.Tails, view => view.RowCount == 1 && view.IsAlive(0) && view.VectorOf(0)[0] == 1);
        before.Release();
    }

    /// <summary>Writes documents, each of which the primary freezes into a segment of its own.</summary>
    private async Task FreezeEachAsync(params string[] ids)
    {
        foreach (string id in ids)
        {
            await WriteAsync(id, 1);
            await Primary.FreezeAsync(Cancel);
        }
    }

    /// <summary>The primary merges all it has, and the follower ends with that one segment.</summary>
    private async Task FollowsTheMergeOfAsync(int documents)
    {
        await Primary.CompactAsync(Cancel);
        await Follower.FollowAsync(Cancel);
        Assert.Equal(1, Follower.Services.Segments.Count);
        Assert.Equal(documents, Follower.Statistics.DocumentCount);
    }

    private Task WriteAsync(string id, float value) => _primary.WriteAsync([(id, [value, 0, 0, 0], "")], Cancel);
}
