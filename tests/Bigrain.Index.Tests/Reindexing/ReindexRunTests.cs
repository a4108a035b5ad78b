using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Jobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>What a reindex job does to HEAD, to its record and to the cluster, state by state.</summary>
public sealed class ReindexRunTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_build_passes_through_its_states_and_HEAD_follows()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        string id = await rig.StartAsync(new ReindexRequest { PartitionCount = 3 });
        var seen = new List<string>();
        rig.Points.OnHit = name =>
        {
            if (name.StartsWith("reindex.", StringComparison.Ordinal))
            {
                JobRecord record = ReindexRig.Now(rig.ReadAsync(id));
                seen.Add($"{name[8..]}: {record.Stage}{(record.IsCommitted ? ", committed" : "")}: {ReindexRig.Now(rig.GenerationsAsync())}");
            }
        };
        Assert.Equal(JobOutcome.Ended, await rig.RunAsync(id));

        // current previous building last
        Assert.Equal(
            [
                "planned: planned: 1 - - -",
                "allocated: planned: 1 - - 2",
                "pinned: building: 1 - 2 2",
                "building: building: 1 - 2 2",
                "catchingUp: catchingUp: 1 - 2 2",
                "verifying: verifying: 1 - 2 2",
                "publishing: verifying: 1 - 2 2",
                "swapped: verifying, committed: 2 1 - 2",
                "published: published, committed: 2 1 - 2",
                "draining: draining, committed: 2 1 - 2",
            ],
            seen);
        JobRecord done = await rig.ReadAsync(id);
        Assert.Equal((JobState.Succeeded, "draining", 4L, 4L), (done.State, done.Stage, done.Done, done.Total));
        Assert.Equal(
            new ReindexReport(2, 1, FakeReindexCluster.DocumentCount, 0, 0, ContentDigest.BucketCount)
            {
                RecallBefore = 0.97,
                RecallAfter = 0.97,
                Queries = 100,
                Published = true,
            },
            ReportOf(done));
        Assert.Equal(rig.PartitionsOf(1).ToHashSet(), rig.Cluster.Frozen);
        Assert.Equal(rig.PartitionsOf(2, 3).ToHashSet(), rig.Cluster.Loaded);
        Assert.All(rig.PartitionsOf(2, 3), partition => Assert.Equal(1, rig.Cluster.Builds[partition]));
        GenerationRecord built = await rig.Catalog.ReadGenerationAsync(rig.Head.Incarnation, 2, Cancel);
        Assert.Equal((3, CodecSpec.Auto), (built.PartitionCount, built.Representations[0].Codec));
    }

    [Fact]
    public async Task A_target_partition_is_made_of_the_sources_that_overlap_it()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        await rig.ReindexAsync(new ReindexRequest { PartitionCount = 2 });
        Assert.Equal([0, 1], rig.Cluster.SourcesOf[rig.PartitionsOf(2, 2)[0]].Select(source => source.Partition));
        Assert.Equal([2, 3], rig.Cluster.SourcesOf[rig.PartitionsOf(2, 2)[1]].Select(source => source.Partition));
    }

    [Fact]
    public async Task Single_partitions_are_rebuilt_and_the_others_shared()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        JobRecord done = await rig.ReindexAsync(new ReindexRequest { Partitions = [1] });
        GenerationRecord built = await rig.Catalog.ReadGenerationAsync(rig.Head.Incarnation, 2, Cancel);
        Assert.Equal(JobState.Succeeded, done.State);
        Assert.Equal([1, 2, 1, 1], built.Homes!.Value);
        Assert.Equal([rig.PartitionsOf(2)[1]], rig.Cluster.Builds.Keys);
        Assert.Equal([rig.PartitionsOf(1)[1]], rig.Cluster.Frozen);

        // One partition leaves memory; the shared ones go on.
        Assert.Equal((1L, 1L), (done.Done, done.Total));
        Assert.Equal(built.KeysOf(rig.Head.Incarnation).ToHashSet(), rig.Cluster.Loaded);
        Assert.Equal(2, (await rig.HeadAsync()).MinReaderVersion);
    }

    [Fact]
    public async Task No_publish_stops_after_verification_and_publish_goes_on()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        JobRecord built = await rig.ReindexAsync(new ReindexRequest { Publish = false });
        Assert.Equal((JobState.Succeeded, "verifying", false), (built.State, built.Stage, built.IsCommitted));
        Assert.Equal((false, 0.97), (ReportOf(built).Published, ReportOf(built).RecallAfter));
        Assert.Equal("1 - 2 2", await rig.GenerationsAsync());

        // It waits: another build or a rollback would take its place.
        JobRecord second = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "collection"), (second.State, second.Error!.Code, second.Error.Field));
        JobRecord verified = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Verify });
        Assert.Equal((JobState.Succeeded, false), (verified.State, ReportOf(verified).Published));
        Assert.Equal("1 - 2 2", await rig.GenerationsAsync());

        JobRecord published = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Publish });
        Assert.Equal((JobState.Succeeded, true), (published.State, ReportOf(published).Published));
        Assert.Equal("2 1 - 2", await rig.GenerationsAsync());
        Assert.All(rig.Cluster.Builds.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task A_rollback_loads_the_generation_before_it_swaps_back_and_asks_no_recall_of_it()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal(rig.PartitionsOf(2).ToHashSet(), rig.Cluster.Loaded);
        rig.Cluster.RecallOf = static _ => throw new InvalidOperationException("no recall is asked for");
        HashSet<PartitionKey>? loadedAtSwap = null;
        rig.Points.OnHit = name => loadedAtSwap = name == "reindex.publishing" ? [.. rig.Cluster.Loaded] : loadedAtSwap;
        JobRecord back = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Rollback });
        Assert.True(back.State == JobState.Succeeded, back.Error?.Message);
        Assert.Equal("1 2 - 2", await rig.GenerationsAsync());
        Assert.Superset(rig.PartitionsOf(1).ToHashSet(), loadedAtSwap!);
        Assert.Equal(rig.PartitionsOf(1).ToHashSet(), rig.Cluster.Loaded);
        Assert.Equal((1, 2, (double?)null), (ReportOf(back).Generation, ReportOf(back).Source, ReportOf(back).RecallAfter));

        // And forth again.
        rig.Cluster.RecallOf = static _ => 1;
        JobRecord forth = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Rollback });
        Assert.Equal((JobState.Succeeded, "2 1 - 2"), (forth.State, await rig.GenerationsAsync()));
    }

    [Fact]
    public async Task A_rollback_to_a_generation_that_lacks_a_document_is_refused()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        await rig.ReindexAsync(new ReindexRequest());
        rig.Cluster.Holds = static (partition, document) => partition.Generation != 1 || document != 7;
        JobRecord back = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Rollback });
        Assert.Equal((JobState.Failed, ErrorCode.Conflict), (back.State, back.Error!.Code));
        Assert.Contains("200 documents before and 199 after", back.Error.Message, StringComparison.Ordinal);
        Assert.Equal("2 1 - 2", await rig.GenerationsAsync());
    }

    [Fact]
    public async Task A_discard_gives_up_what_waits_and_the_generation_before_only_when_told_to()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        await rig.ReindexAsync(new ReindexRequest());
        await rig.ReindexAsync(new ReindexRequest { Publish = false });
        Assert.Equal("2 1 3 3", await rig.GenerationsAsync());
        JobRecord waiting = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Discard });
        Assert.Equal("2 1 - 4", await rig.GenerationsAsync());
        Assert.Equal("""{"discarded":3,"previous":false}""", waiting.Result!.Value.GetRawText());
        JobRecord slip = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Discard });
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "previous"), (slip.State, slip.Error!.Code, slip.Error.Field));
        Assert.Equal("2 1 - 4", await rig.GenerationsAsync());
        JobRecord previous = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Discard, Previous = true });
        Assert.Equal("2 - - 5", await rig.GenerationsAsync());
        Assert.Equal("""{"discarded":1,"previous":true}""", previous.Result!.Value.GetRawText());
        JobRecord nothing = await rig.ReindexAsync(new ReindexRequest { Action = ReindexAction.Discard });
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "collection"), (nothing.State, nothing.Error!.Code, nothing.Error.Field));
    }

    [Theory]
    [InlineData(0.85, 0.80, 0.01, "finds 0.85 of the true neighbours and generation 1 0.8")]
    [InlineData(0.95, 0.97, 0.01, "finds 0.95 of the true neighbours and generation 1 0.97")]
    public async Task A_generation_that_finds_too_little_is_not_published_and_undone(double after, double before, double mostLoss, string reason)
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.Cluster.RecallOf = generation => generation == 1 ? before : after;
        JobRecord failed = await rig.ReindexAsync(new ReindexRequest { MinRecall = 0.9, MaxRecallLoss = mostLoss });
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "minRecall"), (failed.State, failed.Error!.Code, failed.Error.Field));
        Assert.Contains(reason, failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal("1 - - 3", await rig.GenerationsAsync());
        Assert.Equal(rig.PartitionsOf(2).ToHashSet(), rig.Cluster.Cancelled);
    }

    [Theory]
    [InlineData(0.90, 0.91)]
    [InlineData(0.96, 0.97)]
    public async Task A_generation_at_its_thresholds_is_published(double after, double before)
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.Cluster.RecallOf = generation => generation == 1 ? before : after;
        JobRecord done = await rig.ReindexAsync(new ReindexRequest { MinRecall = 0.9, MaxRecallLoss = 0.0100001 });
        Assert.Equal((JobState.Succeeded, "2 1 - 2"), (done.State, await rig.GenerationsAsync()));
    }

    [Fact]
    public async Task A_sample_of_none_measures_no_recall()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.Cluster.RecallOf = static _ => throw new InvalidOperationException("no recall is asked for");
        JobRecord done = await rig.ReindexAsync(new ReindexRequest { Sample = 0 });
        Assert.Equal((JobState.Succeeded, (double?)null, 0), (done.State, ReportOf(done).RecallAfter, ReportOf(done).Queries));
    }

    [Fact]
    public async Task A_generation_that_lacks_a_document_is_not_published_and_undone()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.Cluster.Holds = static (partition, document) => partition.Generation == 1 || document != 11;
        JobRecord failed = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "collection"), (failed.State, failed.Error!.Code, failed.Error.Field));
        Assert.Contains("1 of 4096 ranges of ids differ, 200 documents before and 199 after", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal("1 - - 3", await rig.GenerationsAsync());
    }

    [Fact]
    public async Task Writes_that_reach_the_generations_one_after_the_other_hold_nothing_up()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        int digests = 0;
        rig.Cluster.OnCall = name =>
        {
            digests += name == "digest" ? 1 : 0;
            return Task.CompletedTask;
        };

        // In each round another document is late in the new generation.
        rig.Cluster.Holds = (partition, document) => partition.Generation == 1 || document != digests / 2 || digests > 6;
        JobRecord done = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Succeeded, 4), (done.State, digests));
    }

    [Fact]
    public async Task However_much_is_written_each_round_that_finds_more_equal_is_followed_by_another()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        int rounds = 0;
        rig.Cluster.OnCall = name =>
        {
            rounds += name == "digest" ? 1 : 0;
            return Task.CompletedTask;
        };

        // Everything is late at first; each round finds two more documents in both.
        rig.Cluster.Holds = (partition, document) => partition.Generation == 1 || document < rounds;
        JobRecord done = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Succeeded, FakeReindexCluster.DocumentCount), (done.State, rounds));
    }

    [Fact]
    public async Task A_damaged_file_of_the_new_generation_ends_the_job_as_corrupt_and_undone()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.Points.OnHit = name =>
        {
            if (name == "reindex.verifying")
            {
                // A segment whose file is not there.
                ManifestStore manifests = rig.Cluster.ManifestsOf(rig.Head, rig.PartitionsOf(2)[2]);
                ManifestSnapshot found = ReindexRig.Now(manifests.ReadAsync(Cancel));
                var segment = new SegmentDescriptor("s1", 1, [], [new SegmentFile("docs", 10, new string('0', 32))], "flat", null, 0);
                Assert.NotNull(ReindexRig.Now(manifests.TrySwapAsync(found, found.Manifest with { Revision = 2, Segments = [segment] }, Cancel)));
            }
        };
        JobRecord failed = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Failed, ErrorCode.DataCorrupt), (failed.State, failed.Error!.Code));
        Assert.Contains("gen/2/part/2/seg/s1/docs", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal("1 - - 3", await rig.GenerationsAsync());
    }

    [Fact]
    public async Task A_HEAD_that_changed_before_the_publish_is_a_conflict_and_stays_as_it_is()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        ChangeAt(rig, "reindex.publishing", static was => was with { CurrentGeneration = 5, PreviousGeneration = 1, LastGeneration = 5 });
        JobRecord failed = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "collection"), (failed.State, failed.Error!.Code, failed.Error.Field));
        Assert.Contains("generation 2 of 'docs' was discarded, or another one was published, meanwhile", failed.Error.Message, StringComparison.Ordinal);

        // What was built is given up, as with every job that fails before its publish.
        Assert.False(failed.IsCommitted);
        Assert.Equal("5 1 - 6", await rig.GenerationsAsync());
    }

    [Fact]
    public async Task A_generation_that_was_discarded_before_the_publish_is_not_brought_back()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        ChangeAt(rig, "reindex.publishing", static was => ReindexRules.Without(was, 2)!);
        JobRecord failed = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "collection"), (failed.State, failed.Error!.Code, failed.Error.Field));
        Assert.Equal("1 - - 3", await rig.GenerationsAsync());
    }

    [Fact]
    public async Task A_generation_that_came_meanwhile_is_left_alone_and_the_number_is_given_up()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        ChangeAt(rig, "reindex.allocated", static was => was with { LastGeneration = 3, BuildingGeneration = 3 });
        JobRecord failed = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "collection"), (failed.State, failed.Error!.Code, failed.Error.Field));
        Assert.Contains("got another generation meanwhile", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal("1 - 3 3", await rig.GenerationsAsync());
        Assert.Empty(rig.Cluster.Builds);
    }

    [Theory]
    [InlineData("reindex.planned", "1 - - 2")]
    [InlineData("reindex.allocated", "1 - - 3")]
    [InlineData("reindex.pinned", "1 - - 3")]
    [InlineData("reindex.building", "1 - - 3")]
    [InlineData("reindex.catchingUp", "1 - - 3")]
    [InlineData("reindex.verifying", "1 - - 3")]
    [InlineData("reindex.publishing", "1 - - 3")]
    public async Task A_cancel_before_the_publish_undoes_what_was_done(string point, string left)
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        string id = await rig.StartAsync(new ReindexRequest());
        rig.Points.OnHit = name => _ = name == point ? ReindexRig.Now(rig.Jobs.RequestCancelAsync(id, Cancel)) : null;
        Assert.Equal(JobOutcome.Ended, await rig.RunAsync(id));
        JobRecord cancelled = await rig.ReadAsync(id);
        Assert.Equal((JobState.Cancelled, false, null), (cancelled.State, cancelled.IsCommitted, cancelled.Error));
        Assert.Equal(left, await rig.GenerationsAsync());

        // The collection is as it was: the next one gets a number of its own.
        rig.Points.OnHit = static _ => { };
        Assert.Equal(JobState.Succeeded, (await rig.ReindexAsync(new ReindexRequest())).State);
        Assert.Equal($"{left[^1] - '0' + 1} 1 - {left[^1] - '0' + 1}", await rig.GenerationsAsync());
    }

    [Theory]
    [InlineData("reindex.swapped")]
    [InlineData("reindex.published")]
    [InlineData("reindex.draining")]
    public async Task A_cancel_after_the_publish_is_refused(string point)
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        string id = await rig.StartAsync(new ReindexRequest());
        BigrainException? refusal = null;
        rig.Points.OnHit = name =>
        {
            if (name == point)
            {
                refusal = Assert.Throws<BigrainException>(() => ReindexRig.Now(rig.Jobs.RequestCancelAsync(id, Cancel)));
            }
        };
        Assert.Equal(JobOutcome.Ended, await rig.RunAsync(id));
        Assert.Equal(ErrorCode.Conflict, refusal!.Code);
        Assert.Equal((JobState.Succeeded, "2 1 - 2"), ((await rig.ReadAsync(id)).State, await rig.GenerationsAsync()));
    }

    [Fact]
    public async Task A_step_that_is_cancelled_leaves_the_generation_that_waits()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        await rig.ReindexAsync(new ReindexRequest { Publish = false });
        string id = await rig.StartAsync(new ReindexRequest { Action = ReindexAction.Publish });
        rig.Points.OnHit = name => _ = name == "reindex.verifying" ? ReindexRig.Now(rig.Jobs.RequestCancelAsync(id, Cancel)) : null;
        await rig.RunAsync(id);
        Assert.Equal((JobState.Cancelled, "1 - 2 2"), ((await rig.ReadAsync(id)).State, await rig.GenerationsAsync()));
    }

    [Fact]
    public async Task A_manifest_that_changes_while_it_is_pinned_is_pinned_again()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        (int pins, long[] pinned) = await PinAsync(rig, pin => pin == 1 ? 3 : null);
        Assert.Equal(2, pins);
        Assert.Equal([0, 0, 0, 1], pinned);
    }

    [Fact]
    public async Task Partitions_that_are_pinned_hold_nobody_up_when_they_change_again()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();

        // There is always one that changes: of a thousand partitions, some merge every second.
        (int pins, long[] pinned) = await PinAsync(rig, pin => pin < 100 ? pin % 4 : null);
        Assert.Equal(2, pins);
        Assert.Equal([0, 1, 0, 0], pinned);
    }

    [Fact]
    public async Task A_generation_that_finds_no_room_is_waited_for_a_minute_and_given_up_then()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        DateTimeOffset began = default;
        rig.Cluster.OnCall = name =>
        {
            began = name == "open" && began == default ? rig.Time.GetUtcNow() : began;
            return name == "open" && rig.Time.GetUtcNow() - began < TimeSpan.FromSeconds(50) ? throw Full() : Task.CompletedTask;
        };
        Assert.Equal(JobState.Succeeded, (await rig.ReindexAsync(new ReindexRequest())).State);

        rig.Cluster.OnCall = static name => name == "open" ? throw Full() : Task.CompletedTask;
        JobRecord failed = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Failed, ErrorCode.Conflict), (failed.State, failed.Error!.Code));
        Assert.Contains("generation 3 does not fit beside generation 2: no room", failed.Error.Message, StringComparison.Ordinal);
        Assert.Equal("2 1 - 4", await rig.GenerationsAsync());

        static BigrainException Full() => new(ErrorCode.Overloaded, "no room", "memory");
    }

    [Fact]
    public async Task A_generation_is_kept_loaded_while_it_is_verified()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.KeepPeriod = TimeSpan.FromSeconds(2);
        int opens = 0;
        var kept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Cluster.OnCall = async name =>
        {
            if (name == "open" && Interlocked.Increment(ref opens) == 4)
            {
                kept.SetResult();
            }
            else if (name == "digest")
            {
                // Once to catch up: the others are to keep it.
                await kept.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            }

            await Task.Yield();
        };
        Assert.Equal(JobState.Succeeded, (await rig.ReindexAsync(new ReindexRequest())).State);
        Assert.True(opens >= 4, $"{opens} times");
    }

    [Fact]
    public async Task A_generation_that_stays_loaded_holds_the_end_up_for_five_minutes_only()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        DateTimeOffset drained = default;
        rig.Points.OnHit = name => drained = name == "reindex.draining" ? rig.Time.GetUtcNow() : drained;
        rig.Cluster.NeverUnloads = true;
        await rig.Cluster.OpenAsync(rig.Head, [.. rig.PartitionsOf(1)], Cancel);
        JobRecord done = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal(JobState.Succeeded, done.State);
        Assert.InRange((done.EndedAt!.Value - drained).TotalMinutes, 5, 5.1);
    }

    [Fact]
    public async Task A_collection_that_was_dropped_ends_its_job_as_not_found()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        string id = await rig.StartAsync(new ReindexRequest());
        rig.Points.OnHit = name => _ = name == "reindex.allocated" && ReindexRig.Now(rig.Catalog.DropAsync(ReindexRig.Collection, Cancel));
        await rig.RunAsync(id);
        JobRecord failed = await rig.ReadAsync(id);
        Assert.Equal((JobState.Failed, ErrorCode.NotFound, "collection"), (failed.State, failed.Error!.Code, failed.Error.Field));
    }

    private static void ChangeAt(ReindexRig rig, string point, Func<CollectionHead, CollectionHead> change) =>
        rig.Points.OnHit = name => _ = name == point
            ? ReindexRig.Now(rig.Catalog.UpdateAsync(ReindexRig.Collection, rig.Head.Incarnation, change, Cancel))
            : null;

    private static ReindexReport ReportOf(JobRecord job) =>
        System.Text.Json.JsonSerializer.Deserialize(job.Result!.Value, FormatJson.Default.ReindexReport)!;

    /// <summary>Reindexes while merges commit between each pin and the second look.</summary>
    /// <param name="rig">The collection.</param>
    /// <param name="merged">The partition that merges after a pin, counted from 1; null for none.</param>
    /// <returns>How often was pinned, and the revisions that were in the end.</returns>
    private static async Task<(int Pins, long[] Revisions)> PinAsync(ReindexRig rig, Func<int, int?> merged)
    {
        string id = await rig.StartAsync(new ReindexRequest());
        int pins = 0;
        rig.Points.OnHit = name =>
        {
            if (name == "job.saved" && BodyOf(ReindexRig.Now(rig.ReadAsync(id))) is { SourcesBlob: not null, IsPinned: false } && merged(++pins) is { } partition)
            {
                ManifestStore manifests = rig.Cluster.ManifestsOf(rig.Head, rig.PartitionsOf(1)[partition]);
                ManifestSnapshot found = ReindexRig.Now(manifests.ReadAsync(Cancel));
                PartitionManifest next = found.Manifest with { Revision = found.Manifest.Revision + 1 };
                Assert.NotNull(ReindexRig.Now(manifests.TrySwapAsync(found, next, Cancel)));
            }
        };
        await rig.RunAsync(id);
        Assert.Equal(JobState.Succeeded, (await rig.ReadAsync(id)).State);
        string named = BodyOf(await rig.ReadAsync(id)).SourcesBlob!;
        ImmutableArray<PinnedPartition> pinned = PinnedPartitions.Decode((await rig.Blobs.ReadAsync(named, Cancel))!.Bytes.Span);
        return (pins, [.. pinned.Select(partition => partition.Manifest.Revision)]);
    }

    private static ReindexBody BodyOf(JobRecord job) =>
        System.Text.Json.JsonSerializer.Deserialize(job.Body!.Value, FormatJson.Default.ReindexBody)!;
}
