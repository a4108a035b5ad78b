using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

/// <summary>Which segments are merged: three of a tier of similar size, up to a size; a tier is three times as large as the one before.</summary>
public sealed class CompactionTests
{
    private const int FreezeDocuments = 1_000;

    private int _documents;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fewer_segments_of_a_size_than_the_fan_in_are_left_alone_and_as_many_become_one()
    {
        await using PartitionRig rig = await OpenAsync();
        await FreezeAsync(rig, 10, 12);
        Assert.False(await rig.PartitionOf(0).MaintainAsync(Cancel));
        Assert.Equal(2, rig.PartitionOf(0).Statistics.SegmentCount);

        await FreezeAsync(rig, 11);
        Assert.True(await rig.PartitionOf(0).MaintainAsync(Cancel));

        Assert.Equal((1, 33), (rig.PartitionOf(0).Statistics.SegmentCount, rig.PartitionOf(0).Statistics.DocumentCount));
        Assert.False(await rig.PartitionOf(0).MaintainAsync(Cancel));
    }

    [Fact]
    public async Task A_large_segment_is_not_written_again_for_small_ones()
    {
        await using PartitionRig rig = await OpenAsync();
        await FreezeAsync(rig, 4 * FreezeDocuments, 10, 10);
        Assert.False(await rig.PartitionOf(0).MaintainAsync(Cancel));

        await FreezeAsync(rig, 10);
        Assert.True(await rig.PartitionOf(0).MaintainAsync(Cancel));
        Assert.Equal(2, rig.PartitionOf(0).Statistics.SegmentCount);
    }

    [Fact]
    public async Task Segments_that_together_are_larger_than_a_segment_may_be_stay_apart()
    {
        await using PartitionRig rig = await OpenAsync(maxSegmentDocuments: 25);
        await FreezeAsync(rig, 10, 10, 10);
        Assert.False(await rig.PartitionOf(0).MaintainAsync(Cancel));
        Assert.Equal(3, rig.PartitionOf(0).Statistics.SegmentCount);

        // Asked for, as few are left as the limit allows.
        await rig.PartitionOf(0).CompactAsync(Cancel);
        Assert.Equal((2, 30), (rig.PartitionOf(0).Statistics.SegmentCount, rig.PartitionOf(0).Statistics.DocumentCount));
    }

    [Fact]
    public async Task A_segment_with_many_dead_documents_is_rewritten_alone()
    {
        await using PartitionRig rig = await OpenAsync();
        await FreezeAsync(rig, 100, 10);
        await rig.WriteAsync(Enumerable.Range(0, 20).Select(i => ($"d{i}", (float[]?)null, string.Empty)), Cancel);
        Assert.False(await rig.PartitionOf(0).MaintainAsync(Cancel));
        Assert.Equal(20, rig.PartitionOf(0).Statistics.DeadCount);

        // One more than the fifth.
        await rig.WriteAsync([("d20", null, string.Empty)], Cancel);
        Assert.True(await rig.PartitionOf(0).MaintainAsync(Cancel));
        Assert.Equal((2, 0, 89), Counts(rig));

        static (int Segments, long Dead, long Documents) Counts(PartitionRig rig)
        {
            PartitionStatistics held = rig.PartitionOf(0).Statistics;
            return (held.SegmentCount, held.DeadCount, held.DocumentCount);
        }
    }

    private static Task<PartitionRig> OpenAsync(int maxSegmentDocuments = 1_000_000) => PartitionRig.OpenAsync(
        new MemoryBlobStore(),
        Schemas.Dense(4, Metric.L2, partitions: 1, streams: 1),
        new PartitionRigSettings
        {
            Partition = new PartitionOptions { FreezeDocuments = FreezeDocuments, MergeFanIn = 3, MaxSegmentDocuments = maxSegmentDocuments },
        },
        Cancel);

    /// <summary>Makes one segment of each of these sizes.</summary>
    private async Task FreezeAsync(PartitionRig rig, params int[] sizes)
    {
        foreach (int size in sizes)
        {
            await rig.WriteAsync(Enumerable.Range(_documents, size).Select(i => ($"d{i}", (float[]?)[i, 0, 0, 0], string.Empty)), Cancel);
            await rig.PartitionOf(0).FreezeAsync(Cancel);
            _documents += size;
        }
    }
}
