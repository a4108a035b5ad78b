using Bigrain.Index.Blobs;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

/// <summary>A copy that slept while the log went on, was frozen and trimmed. The simulation of replicas found these.</summary>
public sealed class TrimmedLogTests
{
    private readonly MemoryBlobStore _store = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_that_lags_below_a_trimmed_log_is_behind_until_it_follows()
    {
        await using PartitionRig sleeper = await OpenAsync();
        await using PartitionRig primary = await GoOnAsync(sleeper);
        Partition copy = sleeper.PartitionOf(0);

        Assert.Equal(PartitionAnswer.Behind, await AskAsync(sleeper, Consistency.Strong));
        Assert.True(copy.IsFenced);
        Assert.False(copy.IsFresh());
        Assert.Equal(PartitionAnswer.Behind, await AskAsync(sleeper, Consistency.Session));
        Assert.Equal(10, copy.Statistics.DocumentCount);

        Assert.True(await copy.FollowAsync(Cancel));
        Assert.Equal(PartitionAnswer.Answered, await AskAsync(sleeper, Consistency.Strong));
        Assert.Equal(20, copy.Statistics.DocumentCount);
        Assert.False(copy.IsFenced);
    }

    [Fact]
    public async Task An_entry_pushed_above_a_trimmed_log_tells_that_the_copy_must_follow()
    {
        await using PartitionRig sleeper = await OpenAsync();
        await using PartitionRig primary = await GoOnAsync(sleeper);
        Partition copy = sleeper.PartitionOf(0);
        await primary.WriteAsync(Documents(20), Cancel);
        LogEntry pushed = (await new LogReader(_store, new StreamKey(sleeper.Head.Incarnation, 0))
            .ReadAsync(primary.PartitionOf(0).AppliedSequence(0), Cancel))!;

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(async () => await copy.PushAsync(pushed, Cancel));

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.True(copy.IsFenced);
        Assert.Equal(10, copy.Statistics.DocumentCount);
    }

    [Fact]
    public async Task A_name_that_a_sleeping_owner_makes_again_below_the_floor_is_not_applied()
    {
        await using PartitionRig sleeper = await OpenAsync();
        await using PartitionRig primary = await GoOnAsync(sleeper);
        Partition copy = sleeper.PartitionOf(0);
        var stream = new StreamKey(sleeper.Head.Incarnation, 0);
        long next = copy.AppliedSequence(0) + 1;
        byte[] id = "ghost"u8.ToArray();
        var builder = new LogBatchBuilder(1);
        builder.AddUpsert(id, XxIdHash.Instance.Hash(id), [1, 1, 1, 1], []);
        LogEntry ghost = LogEntry.Create(
            stream, next, epoch: 1, isFence: false, DateTimeOffset.UnixEpoch, [LogBatch.Parse(builder.Build(), "ghost")]);
        await _store.CreateAsync(DataPaths.WalEntry(stream.Incarnation, 0, next), ghost.Bytes.ToArray(), Cancel);

        Assert.Equal(PartitionAnswer.Behind, await AskAsync(sleeper, Consistency.Strong));
        Assert.Null(await copy.GetAsync(id, Cancel));
    }

    private static Task<PartitionAnswer> AskAsync(PartitionRig rig, Consistency consistency) =>
        rig.Host.EnsureCurrentAsync(rig.PartitionOf(0), consistency, [], TimeSpan.FromSeconds(10), Cancel);

    private static IEnumerable<(string, float[]?, string)> Documents(int first) =>
        Enumerable.Range(first, 10).Select(i => ($"d{i}", (float[]?)[i, 0, 0, 0], string.Empty));

    private Task<PartitionRig> OpenAsync() =>
        PartitionRig.OpenAsync(_store, Schemas.Dense(4, Metric.L2, partitions: 1, streams: 1), new PartitionRigSettings(), Cancel);

    /// <summary>The first rig has ten documents and sleeps; another one writes ten more, freezes them and trims the log.</summary>
    private async Task<PartitionRig> GoOnAsync(PartitionRig sleeper)
    {
        await sleeper.WriteAsync(Documents(0), Cancel);
        PartitionRig primary = await OpenAsync();
        await primary.WriteAsync(Documents(10), Cancel);
        await primary.PartitionOf(0).FreezeAsync(Cancel);
        await primary.TrimAsync(Cancel);
        Assert.DoesNotContain(DataPaths.WalEntry(sleeper.Head.Incarnation, 0, 1), _store.Names);
        return primary;
    }
}
