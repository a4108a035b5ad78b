using Bigrain.Index.Backups;
using Bigrain.Index.Catalog;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Reindexing;
using Xunit;

namespace Bigrain.Index.Tests.Garbage;

public sealed class GarbageReadsTests
{
    private const int Count = 40;

    private readonly GarbageRig _rig = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Manifests_are_read_sixteen_at_a_time_and_each_keeps_what_it_names()
    {
        CollectionHead head = await _rig.CreateAsync(partitions: Count);
        var kept = new SegmentDescriptor[Count];
        var lost = new SegmentDescriptor[Count];
        for (int partition = 0; partition < Count; partition++)
        {
            kept[partition] = await _rig.WriteSegmentAsync(head, 1, partition);
            lost[partition] = await _rig.WriteSegmentAsync(head, 1, partition);
            await _rig.CommitAsync(head, 1, partition, [kept[partition]]);
        }

        var store = new SlowReads(_rig.Store) { Counted = "/part/" };
        _rig.Time.Advance(TimeSpan.FromHours(25));
        await _rig.Collector(store).RunAsync(new GarbageRequest(true), Cancel);
        _rig.Time.Advance(TimeSpan.FromHours(2));
        GarbageReport report = await _rig.Collector(store).RunAsync(new GarbageRequest(true), Cancel);
        Assert.Equal((Count, Count), (report.DeletedCount, report.ManifestsBumped));
        Assert.InRange(store.MostAtATime, 2, 16);
        for (int partition = 0; partition < Count; partition++)
        {
            Assert.True(_rig.Has(head, 1, partition, kept[partition]));
            Assert.False(_rig.Has(head, 1, partition, lost[partition]));
        }
    }

    [Fact]
    public async Task Jobs_are_read_sixteen_at_a_time_and_their_pins_come_in_the_order_of_their_ids()
    {
        CollectionHead head = await _rig.CreateAsync();
        var jobs = new JobStore(_rig.Store, _rig.Time);
        for (int job = Count - 1; job >= 0; job--)
        {
            var record = new JobRecord($"job-{job:d2}", ReindexKind.KindName, "c", _rig.Time.GetUtcNow())
            {
                Body = ReindexKind.BodyOf(new ReindexRequest()),
                Incarnation = head.Incarnation.Value,
            };
            Assert.True((await jobs.CreateAsync(record, Cancel)).Created);
        }

        var store = new SlowReads(_rig.Store) { Counted = "job-" };
        var slow = new JobStore(store, _rig.Time);
        Assert.Equal(
            Enumerable.Range(0, Count).Select(job => $"job-{job:d2}"),
            await slow.ReadAllAsync(Cancel).Select(static record => record.Id).ToArrayAsync(Cancel));
        Assert.Equal(16, store.MostAtATime);

        var reindexes = new SlowReads(_rig.Store) { Counted = "job-" };
        Assert.Empty(await new ReindexPins(reindexes, _rig.Time).ReadPinsAsync(Cancel).ToArrayAsync(Cancel));
        Assert.InRange(reindexes.MostAtATime, 2, 16);

        var backups = new SlowReads(_rig.Store) { Counted = "job-" };
        Assert.Empty(await new BackupPins(new JobStore(backups, _rig.Time), new BackupCatalog(backups, _rig.Time)).ReadPinsAsync(Cancel).ToArrayAsync(Cancel));
        Assert.InRange(backups.MostAtATime, 2, 16);
    }
}
