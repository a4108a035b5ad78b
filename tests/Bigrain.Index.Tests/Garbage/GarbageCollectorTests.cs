using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Tests.Log;
using Xunit;

namespace Bigrain.Index.Tests.Garbage;

public sealed class GarbageCollectorTests
{
    private readonly GarbageRig _rig = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_manifest_names_stays_and_the_rest_goes_in_the_second_pass_once_it_is_old_enough()
    {
        CollectionHead head = await _rig.CreateAsync();
        SegmentDescriptor merged = await _rig.WriteSegmentAsync(head, 1, 0, "del-1");
        await _rig.CommitAsync(head, 1, 0, [merged]);
        SegmentDescriptor kept = await _rig.WriteSegmentAsync(head, 1, 0, "del-2");
        await _rig.CommitAsync(head, 1, 0, [kept]);
        SegmentDescriptor neverCommitted = await _rig.WriteSegmentAsync(head, 1, 1);
        string oldDeletes = DataPaths.SegmentFile(head.Incarnation, 1, 0, kept.Name, "del-0");
        await _rig.Store.CreateAsync(oldDeletes, new byte[4], Cancel);

        // Young, then old but seen for the first time, then due.
        await _rig.CollectAsync();
        Assert.Equal(0, (await _rig.CollectAsync()).DeletedCount);
        _rig.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(0, (await _rig.CollectAsync()).DeletedCount);
        _rig.Time.Advance(TimeSpan.FromHours(23));
        GarbageReport report = await _rig.CollectAsync();
        Assert.Equal((3, 3, 2), (Line(report, GarbageKind.Segments).FoundCount, Line(report, GarbageKind.Segments).DeletedCount, report.ManifestsBumped));
        Assert.Equal((1, 4), (Line(report, GarbageKind.DeleteBitmaps).DeletedCount, Line(report, GarbageKind.DeleteBitmaps).DeletedBytes));
        Assert.True(_rig.Has(head, 1, 0, kept) && _rig.Has(head, 1, 0, kept, "del-2"));
        Assert.False(_rig.Has(head, 1, 0, merged) || _rig.Has(head, 1, 1, neverCommitted) || _rig.Store.Names.Contains(oldDeletes));
        Assert.Equal((0, 0), ((await _rig.CollectAsync()).FoundCount, (await _rig.CandidatesAsync()).Candidates.Length));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        CollectionHead head = await _rig.CreateAsync();
        await _rig.WriteSegmentAsync(head, 1, 0);
        await _rig.CreateAsync("dropped");
        await _rig.Catalog.DropAsync("dropped", Cancel);
        _rig.Time.Advance(TimeSpan.FromDays(3));
        string[] before = [.. _rig.Store.Names];
        for (int pass = 0; pass < 3; pass++)
        {
            GarbageReport report = await _rig.CollectAsync(delete: false);
            Assert.Equal((2, 0, 1), (report.FoundCount, report.DeletedCount, Line(report, GarbageKind.Incarnations).KeptCount));
            _rig.Time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal(before, _rig.Store.Names);
    }

    [Fact]
    public async Task A_builder_that_slept_cannot_commit_what_was_deleted()
    {
        CollectionHead head = await _rig.CreateAsync();
        ManifestSnapshot basis = (await _rig.CommitAsync(head, 1, 0, [await _rig.WriteSegmentAsync(head, 1, 0)]))!;
        ManifestSnapshot empty = await _rig.ManifestsOf(head, 1, 1).ReadAsync(Cancel);
        SegmentDescriptor built = await _rig.WriteSegmentAsync(head, 1, 0), first = await _rig.WriteSegmentAsync(head, 1, 1);
        Assert.Equal(2, (await _rig.CollectTwiceAsync()).DeletedCount);
        Assert.Null(await _rig.CommitAsync(head, 1, 0, [.. basis.Manifest.Segments, built], basis: basis));
        Assert.Null(await _rig.CommitAsync(head, 1, 1, [first], basis: empty));
    }

    [Fact]
    public async Task A_segment_that_was_committed_between_the_passes_stays()
    {
        CollectionHead head = await _rig.CreateAsync();
        SegmentDescriptor slow = await _rig.WriteSegmentAsync(head, 1, 0);
        _rig.Time.Advance(TimeSpan.FromHours(25));
        await _rig.CollectAsync();
        Assert.NotNull(await _rig.CommitAsync(head, 1, 0, [slow]));
        _rig.Time.Advance(TimeSpan.FromHours(2));
        GarbageReport report = await _rig.CollectAsync();
        Assert.Equal((0, 0), (report.FoundCount, report.ManifestsBumped));
        Assert.True(_rig.Has(head, 1, 0, slow));
    }

    [Fact]
    public async Task A_dropped_collection_goes_and_its_successor_stays()
    {
        CollectionHead old = await _rig.CreateAsync();
        await _rig.CommitAsync(old, 1, 0, [await _rig.WriteSegmentAsync(old, 1, 0)]);
        await using (LogWriter writer = await OpenAsync(old))
        {
            await writer.WriteAsync(Batches.Upsert("d", null, 1, 2), Cancel);
        }

        await _rig.Catalog.DropAsync("c", Cancel);
        CollectionHead next = await _rig.CreateAsync();
        await _rig.CollectTwiceAsync();
        Assert.DoesNotContain(_rig.Store.Names, name => name.StartsWith(DataPaths.Incarnation(old.Incarnation), StringComparison.Ordinal));
        Assert.Contains(DataPaths.Generation(next.Incarnation, 1), _rig.Store.Names);
    }

    [Fact]
    public async Task Only_what_head_homes_and_tables_lead_to_is_left_of_generations()
    {
        CollectionHead head = await _rig.CreateAsync();
        SegmentDescriptor replaced = await _rig.WriteSegmentAsync(head, 1, 0), shared = await _rig.WriteSegmentAsync(head, 1, 1);
        await _rig.CommitAsync(head, 1, 0, [replaced]);
        await _rig.CommitAsync(head, 1, 1, [shared]);
        string tables = DataPaths.GenerationFolder(head.Incarnation, 2) + "default.tables";
        await _rig.Store.CreateAsync(tables, new byte[3], Cancel);
        await _rig.WriteGenerationAsync(head, 2);
        await _rig.WriteGenerationAsync(head, 3, homes: [3, 1], tablesOf: 2);
        await _rig.CommitAsync(head, 3, 0, [await _rig.WriteSegmentAsync(head, 3, 0)]);
        SegmentDescriptor failed = await _rig.WriteSegmentAsync(head, 4, 0);
        await _rig.UpdateAsync(head, now => now with { CurrentGeneration = 3, LastGeneration = 4, PublishedAt = _rig.Time.GetUtcNow() });

        GarbageReport report = await _rig.CollectTwiceAsync();
        Assert.Equal(3, Line(report, GarbageKind.Generations).DeletedCount);
        Assert.False(_rig.Has(head, 1, 0, replaced) || _rig.Has(head, 4, 0, failed));
        Assert.True(_rig.Has(head, 1, 1, shared) && _rig.Store.Names.Contains(tables));
    }

    [Fact]
    public async Task A_partition_that_is_still_to_be_built_is_left_alone()
    {
        CollectionHead head = await _rig.CreateAsync();
        await _rig.WriteGenerationAsync(head, 2);
        await _rig.UpdateAsync(head, now => now with { BuildingGeneration = 2, LastGeneration = 2 });
        SegmentDescriptor attempt = await _rig.WriteSegmentAsync(head, 2, 0);
        Assert.Equal(0, (await _rig.CollectTwiceAsync()).FoundCount);
        Assert.Null((await _rig.ManifestsOf(head, 2, 0).ReadAsync(Cancel)).Tag);

        // Once it is built, what an earlier attempt left is garbage.
        await _rig.CommitAsync(head, 2, 0, [await _rig.WriteSegmentAsync(head, 2, 0)]);
        await _rig.CollectTwiceAsync();
        Assert.False(_rig.Has(head, 2, 0, attempt));
    }

    [Fact]
    public async Task Pins_keep_files_folders_and_the_log()
    {
        CollectionHead head = await _rig.CreateAsync(partitions: 1);
        SegmentDescriptor pinned = await _rig.WriteSegmentAsync(head, 1, 0), folder = await _rig.WriteSegmentAsync(head, 7, 0);
        await using (LogWriter writer = await OpenAsync(head))
        {
            for (int i = 0; i < 6; i++)
            {
                await writer.WriteAsync(Batches.Upsert("d", null, 1, 2), Cancel);
            }
        }

        await _rig.CommitAsync(head, 1, 0, [], floor: 6);
        _rig.Pins.AddRange(
            DataPaths.SegmentFile(head.Incarnation, 1, 0, pinned.Name, "ids"),
            DataPaths.GenerationFolder(head.Incarnation, 7),
            DataPaths.WalEntry(head.Incarnation, 0, 4));
        await _rig.CollectTwiceAsync();
        Assert.True(_rig.Has(head, 1, 0, pinned) && _rig.Has(head, 7, 0, folder));
        Assert.Equal(
            [4, 5, 6],
            Enumerable.Range(1, 6).Where(sequence => _rig.Store.Names.Contains(DataPaths.WalEntry(head.Incarnation, 0, sequence))));

        _rig.Pins.Clear();
        await _rig.CollectTwiceAsync();
        Assert.False(_rig.Has(head, 1, 0, pinned) || _rig.Has(head, 7, 0, folder));
        Assert.DoesNotContain(DataPaths.WalEntry(head.Incarnation, 0, 5), _rig.Store.Names);
        Assert.Contains(DataPaths.WalEntry(head.Incarnation, 0, 6), _rig.Store.Names);
    }

    [Fact]
    public async Task A_log_that_needs_no_trimming_gets_no_fence()
    {
        CollectionHead head = await _rig.CreateAsync(partitions: 1);
        await using (LogWriter writer = await OpenAsync(head))
        {
            await writer.WriteAsync(Batches.Upsert("d", null, 1, 2), Cancel);
        }

        await _rig.CommitAsync(head, 1, 0, [], floor: 3);
        await _rig.CollectTwiceAsync();
        string[] once = [.. _rig.Store.Names];
        await _rig.CollectTwiceAsync();
        Assert.Equal(once, _rig.Store.Names);
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("GENERATION")]
    [InlineData("MANIFEST")]
    public async Task Nothing_is_deleted_when_what_leads_to_blobs_is_damaged(string damaged)
    {
        CollectionHead head = await _rig.CreateAsync();
        await _rig.CommitAsync(head, 1, 0, [await _rig.WriteSegmentAsync(head, 1, 0)]);
        await _rig.WriteSegmentAsync(head, 1, 0);
        await _rig.CreateAsync("dropped");
        await _rig.Catalog.DropAsync("dropped", Cancel);
        _rig.Time.Advance(TimeSpan.FromHours(25));
        await _rig.CollectAsync();
        _rig.Time.Advance(TimeSpan.FromHours(25));
        string name = _rig.Store.Names.First(
            name => name.EndsWith(damaged, StringComparison.Ordinal) && (damaged == "HEAD" || name.Contains(head.Incarnation.Value, StringComparison.Ordinal)));
        _rig.Store.FlipBit(name, 40, 3);
        string[] before = [.. _rig.Store.Names];
        await Assert.ThrowsAsync<CorruptBlobException>(() => _rig.CollectAsync());
        Assert.Equal(before, _rig.Store.Names);
    }

    [Fact]
    public async Task A_collection_of_a_newer_release_stops_the_pass()
    {
        CollectionHead head = await _rig.CreateAsync();
        await _rig.UpdateAsync(head, now => now with { MinReaderVersion = CollectionCatalog.ReaderVersion + 1 });
        Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<BigrainException>(() => _rig.CollectAsync())).Code);
    }

    [Fact]
    public async Task The_previous_generation_is_forgotten_after_its_retention_and_then_collected()
    {
        CollectionHead head = await _rig.CreateAsync();
        await _rig.CommitAsync(head, 1, 0, [await _rig.WriteSegmentAsync(head, 1, 0)]);
        await _rig.WriteGenerationAsync(head, 2);
        await _rig.UpdateAsync(
            head, now => now with { CurrentGeneration = 2, PreviousGeneration = 1, LastGeneration = 2, PublishedAt = _rig.Time.GetUtcNow() });
        Assert.Equal(0, (await _rig.CollectTwiceAsync()).FoundCount);
        _rig.Time.Advance(TimeSpan.FromDays(6));
        Assert.Equal(1, (await _rig.CollectAsync()).GenerationsForgotten);
        Assert.Equal((2, null), ((await _rig.Catalog.ReadAsync("c", Cancel))!.CurrentGeneration, (await _rig.Catalog.ReadAsync("c", Cancel))!.PreviousGeneration));
        _rig.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(3, Line(await _rig.CollectAsync(), GarbageKind.Generations).DeletedCount);
        Assert.DoesNotContain(_rig.Store.Names, name => name.Contains("/gen/1/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_maker_who_slept_before_its_head_still_makes_a_whole_collection()
    {
        // GENERATION is there for days without a HEAD, as of a process that slept between the two.
        CollectionHead head = await _rig.CreateAsync();
        byte[] bytes = (await _rig.Store.ReadAsync(DataPaths.Head("c"), Cancel))!.Bytes.ToArray();
        await _rig.Catalog.DropAsync("c", Cancel);
        _rig.Time.Advance(TimeSpan.FromHours(25));
        await _rig.CollectAsync();
        _rig.Time.Advance(TimeSpan.FromHours(25));

        // A pass has read the HEADs; then the maker wakes, writes HEAD and GENERATION; then the pass deletes.
        var late = new LateHead(_rig.Store, async () =>
        {
            await _rig.Store.CreateAsync(DataPaths.Head("c"), bytes, Cancel);
            Assert.False((await _rig.Catalog.CreateAsync("c", head.Schema, Cancel)).Created);
        });
        GarbageReport report = await _rig.Collector(late).RunAsync(new GarbageRequest(Delete: true), Cancel);
        Assert.Equal(0, report.DeletedCount);
        Assert.Equal(1, (await _rig.Catalog.ReadGenerationAsync(head.Incarnation, 1, Cancel)).Generation);
        Assert.Equal(0, (await _rig.CollectTwiceAsync()).FoundCount);
    }

    [Fact]
    public async Task A_collection_whose_maker_died_before_its_generation_was_renewed_is_made_again()
    {
        CollectionHead head = await _rig.CreateAsync();
        await _rig.Store.DeleteAsync(DataPaths.Generation(head.Incarnation, 1), null, Cancel);
        (CollectionHead again, bool created) = await _rig.Catalog.CreateAsync("c", head.Schema, Cancel);
        Assert.True(created && again.Incarnation != head.Incarnation);
        Assert.Equal(1, (await _rig.Catalog.ReadGenerationAsync(again.Incarnation, 1, Cancel)).Generation);
    }

    [Fact]
    public async Task Jobs_go_a_week_after_their_end_and_data_without_a_job_goes_too()
    {
        var jobs = new JobStore(_rig.Store, _rig.Time);
        (JobSnapshot running, _) = await jobs.CreateAsync(new JobRecord("running", "k", null, _rig.Time.GetUtcNow()), Cancel);
        (JobSnapshot ended, _) = await jobs.CreateAsync(new JobRecord("ended", "k", null, _rig.Time.GetUtcNow()), Cancel);
        await jobs.TryReplaceAsync(ended, ended.Record with { State = JobState.Succeeded, EndedAt = _rig.Time.GetUtcNow() }, Cancel);
        foreach (string id in new[] { "running", "ended", "nobody" })
        {
            await _rig.Store.CreateAsync(DataPaths.JobData(id) + "input", new byte[2], Cancel);
        }

        await _rig.CollectTwiceAsync();
        Assert.Equal(
            ["job-data/ended/input", "job-data/running/input", "jobs/ended", "jobs/running"], _rig.Store.Names.Where(name => name.StartsWith("job", StringComparison.Ordinal)));
        _rig.Time.Advance(TimeSpan.FromDays(7));
        await _rig.CollectAsync();
        Assert.Equal(["job-data/running/input", "jobs/running"], _rig.Store.Names.Where(name => name.StartsWith("job", StringComparison.Ordinal)));
        Assert.Equal(running.Tag, (await jobs.ReadAsync("running", Cancel))!.Tag);
    }

    private static GarbageLine Line(GarbageReport report, GarbageKind kind) => report.Lines.Single(line => line.Kind == kind);

    private Task<LogWriter> OpenAsync(CollectionHead head) => LogWriter.OpenAsync(
        new StreamKey(head.Incarnation, 0), _rig.Store, _rig.Time, _rig.Random, new LogWriterOptions(), null, Cancel);
}
