using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Bigrain.Index.Backups;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Ids;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.Index.Tests.Backups;

public sealed class BackupTests
{
    private const int Dimension = 16;
    private const int Rows = 900;
    private const ulong Seed = 20_261_123;

    private static readonly PartitionRigSettings Settings = new() { Partition = new PartitionOptions { FreezeDocuments = 200 }, Seed = Seed };

    private readonly InstantTime _time = new();
    private readonly MemoryBlobStore _store;
    private readonly SeededRandom _random = new(Seed);
    private readonly EndedLives _lives = new();

    public BackupTests() => _store = new MemoryBlobStore(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BackupCatalog Backups => new(_store, _time);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restored_collection_gives_equal_ids_order_and_scores(bool compacted)
    {
        QueryAnswer[] before = await FillAsync(compacted);
        await BackupAsync("monday");
        string restored = await RestoreAsync("monday", replace: true);

        await using PartitionRig rig = await OpenAsync();
        Assert.Equal(restored, rig.Head.Incarnation.Value);
        AssertEqual(before, await AnswersAsync(rig));
        Assert.Null(await rig.GetAsync("d1", Cancel));
        Assert.NotNull(await rig.GetAsync("d2", Cancel));

        // The new life takes writes where the old one left off.
        await rig.WriteAsync([("new", Vector(5), "{}"), ("d2", null, "")], Cancel);
        Assert.NotNull(await rig.GetAsync("new", Cancel));
        Assert.Null(await rig.GetAsync("d2", Cancel));
    }

    [Fact]
    public async Task A_dropped_collection_comes_back_after_everything_of_it_is_deleted()
    {
        QueryAnswer[] before = await FillAsync(compacted: true);
        CollectionHead head = await HeadAsync();
        await BackupAsync("monday");
        await new CollectionCatalog(_store, _time, _random).DropAsync("rig", Cancel);
        foreach (string name in _store.Names.Where(name => name.StartsWith(DataPaths.Incarnation(head.Incarnation), StringComparison.Ordinal)))
        {
            await _store.DeleteAsync(name, null, Cancel);
        }

        await RestoreAsync("monday", replace: false);

        await using PartitionRig rig = await OpenAsync();
        AssertEqual(before, await AnswersAsync(rig));
    }

    [Fact]
    public async Task A_second_backup_copies_only_what_is_new_and_both_stay_whole_alone()
    {
        await FillAsync(compacted: false);
        BackupRecord first = await BackupAsync("first");
        Assert.Equal(first.BlobCount, first.CopiedCount);
        Assert.Equal(first.BlobCount, Count(first.Folder));

        BackupRecord same = await BackupAsync("same");
        Assert.Equal((0, 0), (same.CopiedCount, same.CopiedBytes));
        Assert.Equal(first.BlobNames, same.BlobNames);
        Assert.Equal(0, Count(same.Folder));

        await using (PartitionRig rig = await OpenAsync())
        {
            await rig.WriteAsync([("extra", Vector(3), "{}")], Cancel);
        }

        // One entry with the row, and a fence of each new owner: nothing was frozen.
        BackupRecord third = await BackupAsync("third");
        Assert.Equal(third.CopiedCount, Count(third.Folder));
        Assert.Equal(1 + third.Head.Schema.StreamCount, third.CopiedCount);
        Assert.All(third.Files, file => Assert.Equal(first.Folder, file.Folder));
        Assert.Equal(third.BlobCount - third.CopiedCount, third.BlobNames.Count(name => name.StartsWith(first.Folder, StringComparison.Ordinal)));

        Assert.True(await Backups.DeleteAsync("first", Cancel));
        Assert.Equal(["same", "third"], await Backups.ListAsync(Cancel).Select(backup => backup.Name).ToListAsync(Cancel));
        await RestoreAsync("third", replace: true);
        await using PartitionRig restored = await OpenAsync();
        Assert.NotNull(await restored.GetAsync("extra", Cancel));
        await RestoreAsync("same", replace: true);
        await using PartitionRig older = await OpenAsync();
        Assert.Null(await older.GetAsync("extra", Cancel));
    }

    [Fact]
    public async Task A_flipped_bit_in_any_blob_refuses_and_names_the_blob_and_nothing_is_made()
    {
        await FillAsync(compacted: false);
        BackupRecord backup = await BackupAsync("monday");
        string[] kinds = ["GENERATION", "ids", "docs", "default.dense", "default.coarse", "del-", "wal/"];
        foreach (string kind in kinds)
        {
            string victim = backup.BlobNames.First(name => name.Contains($"/{kind}", StringComparison.Ordinal));
            long length = (await _store.GetPropertiesAsync(victim, Cancel))!.LengthBytes;
            foreach (long at in (long[])[length / 2, length - 1])
            {
                _store.FlipBit(victim, at, 2);
                string[] names = [.. _store.Names];

                JobRecord job = await RunRestoreAsync("monday", "other", replace: false);

                Assert.Equal(JobState.Failed, job.State);
                Assert.Equal(ErrorCode.DataCorrupt, job.Error!.Code);
                Assert.Contains($"'{victim}'", job.Error.Message, StringComparison.Ordinal);
                Assert.Equal(names, _store.Names.Where(name => !name.StartsWith("job", StringComparison.Ordinal) || names.Contains(name)));
                _store.FlipBit(victim, at, 2);
            }
        }
    }

    [Fact]
    public async Task A_damaged_or_missing_backup_is_refused()
    {
        await FillAsync(compacted: false);
        BackupRecord backup = await BackupAsync("monday");
        string missing = backup.BlobNames.Last();
        await _store.DeleteAsync(missing, null, Cancel);
        JobRecord job = await RunRestoreAsync("monday", "other", replace: false);
        Assert.Contains($"'{missing}'", job.Error!.Message, StringComparison.Ordinal);

        _store.FlipBit("backups/monday/BACKUP", 100, 1);
        job = await RunRestoreAsync("monday", "other", replace: false);
        Assert.Equal(ErrorCode.DataCorrupt, job.Error!.Code);
        Assert.Contains("'backups/monday/BACKUP'", job.Error.Message, StringComparison.Ordinal);

        job = await RunRestoreAsync("tuesday", "other", replace: false);
        Assert.Equal(ErrorCode.NotFound, job.Error!.Code);
    }

    [Fact]
    public async Task Names_that_are_taken_are_refused()
    {
        await FillAsync(compacted: false);
        await BackupAsync("monday");
        await new AliasCatalog(_store, _time).PutAsync("live", "rig", null, Cancel);

        Assert.Equal(ErrorCode.Conflict, (await RunBackupAsync("monday")).Error!.Code);
        Assert.Equal(ErrorCode.Conflict, (await RunRestoreAsync("monday", "rig", replace: false)).Error!.Code);
        Assert.Equal(ErrorCode.Conflict, (await RunRestoreAsync("monday", "live", replace: true)).Error!.Code);
        Assert.Equal(JobState.Succeeded, (await RunRestoreAsync("monday", "other", replace: true)).State);
    }

    [Fact]
    public async Task A_backup_during_writes_restores_a_prefix_of_every_stream()
    {
        await using PartitionRig rig = await OpenAsync();
        var acknowledged = new List<string>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task writing = Task.Run(
            async () =>
            {
                for (int row = 0; !stop.IsCancellationRequested; row++)
                {
                    string id = $"w{row}";
                    await rig.WriteAsync([(id, Vector(row), "{}")], Cancel);
                    lock (acknowledged)
                    {
                        acknowledged.Add(id);
                    }

                    if (row % 40 == 39)
                    {
                        await Task.WhenAll(rig.Host.Partitions.Select(partition => partition.FreezeAsync(Cancel)));
                    }
                }
            },
            Cancel);
        for (int round = 0; round < 5; round++)
        {
            int before;
            do
            {
                await Task.Yield();
                lock (acknowledged)
                {
                    before = acknowledged.Count;
                }
            }
            while (before < (round + 1) * 120);

            BackupRecord backup = await BackupAsync($"round-{round}");
            Assert.Equal(JobState.Succeeded, (await RunRestoreAsync(backup.Name, $"restored-{round}", replace: false)).State);
            HashSet<string> there = await IdsAsync($"restored-{round}");
            string[] all;
            lock (acknowledged)
            {
                all = [.. acknowledged];
            }

            // Everything acknowledged before it began is there, and what came later is a prefix of each stream.
            Assert.All(all[..before], id => Assert.Contains(id, there));
            foreach (IGrouping<int, string> stream in all.GroupBy(id => HashRange.Of(Settings.IdHash.Hash(Encoding.UTF8.GetBytes(id)), 2)))
            {
                int count = stream.Count(there.Contains);
                Assert.Equal(stream.Take(count), stream.Where(there.Contains));
            }
        }

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task The_silos_are_told_of_the_life_that_a_restore_replaced_also_when_that_failed_at_first()
    {
        await FillAsync(compacted: true);
        string replaced = (await HeadAsync()).Incarnation.Value;
        await BackupAsync("monday");
        _lives.FailuresLeft = 2;

        string restored = await RestoreAsync("monday", replace: true);

        Assert.Equal(restored, (await HeadAsync()).Incarnation.Value);
        Assert.Equal([("rig", replaced)], _lives.Told);
    }

    [Fact]
    public async Task A_crash_at_every_point_of_backup_and_restore_ends_well_when_the_job_runs_again()
    {
        QueryAnswer[] before = await FillAsync(compacted: false);
        for (int point = 1, last = 2; point <= last; point += 23)
        {
            var process = new FaultyBlobStore(_store, new SeededRandom((ulong)point), new FaultRates());
            string name = $"b{point}";
            await StartBackupAsync(name);
            process.CrashAtPoint = point;
            await CrashAsync(process, $"backup-{name}");
            JobRecord backup = await RunAsync($"backup-{name}", _store);
            Assert.True(backup.State == JobState.Succeeded, $"point {point}: {backup.Error}");

            process = new FaultyBlobStore(_store, new SeededRandom((ulong)point), new FaultRates()) { CrashAtPoint = point };
            await StartRestoreAsync(name, $"restored-{point}", replace: false);
            await CrashAsync(process, $"restore-restored-{point}");
            last = (int)Math.Max(last, process.PointCount + 1);
            JobRecord restore = await RunAsync($"restore-restored-{point}", _store);
            Assert.True(restore.State == JobState.Succeeded, $"point {point}: {restore.Error}");
            await Backups.DeleteAsync(name, Cancel);
        }

        await RestoreAsync((await BackupAsync("end")).Name, replace: true);
        await using PartitionRig rig = await OpenAsync();
        AssertEqual(before, await AnswersAsync(rig));
    }

    [Fact]
    public async Task Running_jobs_and_finished_backups_are_pinned()
    {
        await FillAsync(compacted: false);
        BackupRecord backup = await BackupAsync("monday");
        CollectionHead head = await HeadAsync();
        Assert.Equal(backup.BlobNames.Order(StringComparer.Ordinal), (await PinsAsync()).Order(StringComparer.Ordinal));

        await StartBackupAsync("tuesday");
        List<string> pins = await PinsAsync();
        Assert.Contains("backups/", pins);
        Assert.Contains(DataPaths.Incarnation(head.Incarnation), pins);
        Assert.Contains(DataPaths.WalEntry(head.Incarnation, 1, 1), pins);
        await RunAsync("backup-tuesday", _store);
        Assert.DoesNotContain("backups/", await PinsAsync());

        await StartRestoreAsync("monday", "other", replace: false);
        var process = new FaultyBlobStore(_store, new SeededRandom(1), new FaultRates()) { CrashAtPoint = 60 };
        await CrashAsync(process, "restore-other");
        JobRecord job = (await new JobStore(_store, _time).ReadAsync("restore-other", Cancel))!.Record;
        string made = job.Body!.Value.Deserialize(BackupJson.Default.RestoreRequest)!.Incarnation!;
        Assert.Contains(DataPaths.Incarnation(new CollectionIncarnation(made)), await PinsAsync());
        Assert.Contains("backups/", await PinsAsync());
    }

    [Fact]
    public async Task Garbage_collection_keeps_what_backups_need_and_takes_the_rest()
    {
        QueryAnswer[] before = await FillAsync(compacted: false);
        CollectionHead head = await HeadAsync();
        await BackupAsync("first");
        BackupRecord second = await BackupAsync("second");
        await Backups.DeleteAsync("first", Cancel);
        await new CollectionCatalog(_store, _time, _random).DropAsync("rig", Cancel);

        await CollectAsync();
        Assert.Equal(0, Count(DataPaths.Incarnation(head.Incarnation)));
        Assert.Equal(second.BlobNames.Append("backups/second/BACKUP").Order(StringComparer.Ordinal), _store.Names.Where(name => name.StartsWith("backups/", StringComparison.Ordinal)));
        await RestoreAsync("second", replace: false);
        await using (PartitionRig rig = await OpenAsync())
        {
            AssertEqual(before, await AnswersAsync(rig));
        }

        await Backups.DeleteAsync("second", Cancel);
        await CollectAsync();
        Assert.Equal(0, Count("backups/"));
        await using PartitionRig kept = await OpenAsync();
        AssertEqual(before, await AnswersAsync(kept));
    }

    [Fact]
    public async Task The_bytes_of_version_1_stay_readable()
    {
        const string Golden =
            """{"name":"monday","id":"backup-1","createdAt":"2026-01-02T03:04:05+00:00","head":{"name":"c","incarnation":"63cbe1e459320dd7044c3cd7f43c661c","schema":{"representations":[{"name":"default","kind":"dense","dimension":3,"metric":"l2","denseType":"fp32","codec":"auto","coarseSource":"self"}],"fields":[],"partitionCount":1,"streamCount":1,"replicaCount":1},"currentGeneration":2,"previousGeneration":1,"buildingGeneration":null,"minReaderVersion":1,"createdAt":"2026-01-01T00:00:00+00:00"},"partitions":[{"partition":0,"home":2,"manifest":{"revision":7,"segments":[],"floors":[5]}}],"streams":[{"stream":0,"epoch":3,"first":5,"last":9,"runs":[{"folder":"backups/sunday/backup-0/","first":5,"last":6},{"folder":"backups/monday/backup-1/","first":7,"last":9}]}],"files":[{"name":"gen/2/GENERATION","folder":"backups/monday/backup-1/","lengthBytes":12,"xxHash128":"00112233445566778899aabbccddeeff"}],"bytes":1000,"copiedCount":4,"copiedBytes":700}""";
        await _store.CreateAsync("backups/monday/BACKUP", BlobEnvelope.Wrap(BlobKind.Backup, 1, Encoding.UTF8.GetBytes(Golden)), Cancel);

        BackupRecord read = await Backups.RequireAsync("monday", Cancel);

        Assert.Equal(6, read.BlobCount);
        Assert.Equal(
            [
                "backups/monday/backup-1/gen/2/GENERATION",
                "backups/sunday/backup-0/stream/0/wal/00000000000000000005",
                "backups/sunday/backup-0/stream/0/wal/00000000000000000006",
                "backups/monday/backup-1/stream/0/wal/00000000000000000007",
                "backups/monday/backup-1/stream/0/wal/00000000000000000008",
                "backups/monday/backup-1/stream/0/wal/00000000000000000009",
            ],
            read.BlobNames);
        Assert.Equal(
            BlobEnvelope.Wrap(BlobKind.Backup, 1, Encoding.UTF8.GetBytes(Golden)), FormatJson.Write(BlobKind.Backup, read, FormatJson.Default.BackupRecord));
    }

    private static float[] Vector(int row)
    {
        var random = new SeededRandom(Seed + (ulong)row);
        return [.. Enumerable.Range(0, Dimension).Select(_ => (random.Next(2_000) / 1_000f) - 1f)];
    }

    private static void AssertEqual(QueryAnswer[] expected, QueryAnswer[] found)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(
                expected[i].Hits.Select(hit => (Encoding.UTF8.GetString(hit.Id.Span), hit.RankDistance)),
                found[i].Hits.Select(hit => (Encoding.UTF8.GetString(hit.Id.Span), hit.RankDistance)));
        }
    }

    private static Task<QueryAnswer[]> AnswersAsync(PartitionRig rig) =>
        Task.WhenAll(Enumerable.Range(0, 12).Select(query => rig.QueryAsync(Vector(100_000 + query), 20, Cancel)));

    private Task<PartitionRig> OpenAsync() =>
        PartitionRig.OpenAsync(_store, Schemas.Dense(Dimension, Metric.L2), Settings, Cancel);

    // Segments with dead slots, and a tail.
    private async Task<QueryAnswer[]> FillAsync(bool compacted)
    {
        await using PartitionRig rig = await OpenAsync();
        for (int first = 0; first < Rows; first += 100)
        {
            await rig.WriteAsync(Enumerable.Range(first, 100).Select(row => ($"d{row}", (float[]?)Vector(row), $$"""{"row":{{row}}}""")), Cancel);
        }

        foreach (Partition partition in rig.Host.Partitions)
        {
            await partition.FreezeAsync(Cancel);
            if (compacted)
            {
                await partition.CompactAsync(Cancel);
            }
        }

        await rig.WriteAsync(Enumerable.Range(0, 60).Select(row => ($"d{(row * 7) + 1}", (float[]?)null, "")), Cancel);
        foreach (Partition partition in rig.Host.Partitions)
        {
            await partition.FreezeAsync(Cancel);
        }

        await rig.WriteAsync(Enumerable.Range(Rows, 40).Select(row => ($"d{row}", (float[]?)Vector(row), "{}")), Cancel);
        return await AnswersAsync(rig);
    }

    private async Task<CollectionHead> HeadAsync() => (await new CollectionCatalog(_store, _time, _random).ReadAsync("rig", Cancel))!;

    // Waits out grace and interval and collects twice.
    private async Task CollectAsync()
    {
        foreach (int hours in (int[])[25, 2])
        {
            _time.Advance(TimeSpan.FromHours(hours));
            await new GarbageCollector(new GarbageServices
            {
                Store = _store,
                Catalog = new CollectionCatalog(_store, _time, _random),
                Pins = [new BackupPins(new JobStore(_store, _time), Backups)],
                Logs = new DirectLogOwner(_store, _time, _random, new LogWriterOptions()),
                Options = new GarbageOptions(),
                DedupeWindow = TimeSpan.FromHours(1),
                KeepJobs = TimeSpan.FromDays(7),
                Time = _time,
                Loggers = NullLoggerFactory.Instance,
            }).RunAsync(new GarbageRequest(true), Cancel);
        }
    }

    private int Count(string prefix) => _store.Names.Count(name => name.StartsWith(prefix, StringComparison.Ordinal));

    private async Task<List<string>> PinsAsync() =>
        await new BackupPins(new JobStore(_store, _time), Backups).ReadPinsAsync(Cancel).ToListAsync(Cancel);

    private async Task<HashSet<string>> IdsAsync(string collection)
    {
        CollectionHead head = (await new CollectionCatalog(_store, _time, _random).ReadAsync(collection, Cancel))!;
        var ids = new HashSet<string>();
        for (int stream = 0; stream < head.Schema.StreamCount; stream++)
        {
            await foreach (LogEntry entry in new LogReader(_store, new StreamKey(head.Incarnation, stream)).ReadFromAsync(
                await new LogReader(_store, new StreamKey(head.Incarnation, stream)).ReadFloorAsync(Cancel) ?? 1, Cancel))
            {
                foreach (LogBatch batch in entry.Batches)
                {
                    foreach (LogRow row in batch)
                    {
                        ids.Add(Encoding.UTF8.GetString(row.Id.Span));
                    }
                }
            }
        }

        for (int partition = 0; partition < head.Schema.PartitionCount; partition++)
        {
            var manifests = new ManifestStore(_store, _time, head.Incarnation, 1, partition, head.Schema.StreamCount);
            foreach (SegmentDescriptor segment in (await manifests.ReadAsync(Cancel)).Manifest.Segments)
            {
                Assert.Null(segment.DeletesFile);
                SegmentFile file = segment.Files.Single(one => one.Name == "ids");
                string name = DataPaths.SegmentFile(head.Incarnation, 1, partition, segment.Name, "ids");
                using var copies = new LocalCopies(_store);
                using IdTable table = IdTable.Open(name, file, segment.SlotCount, (await copies.OpenAsync(name, Cancel))!);
                for (int slot = 0; slot < segment.SlotCount; slot++)
                {
                    ids.Add(Encoding.UTF8.GetString(table.IdOf(slot)));
                }
            }
        }

        return ids;
    }

    private async Task<BackupRecord> BackupAsync(string name)
    {
        JobRecord job = await RunBackupAsync(name);
        Assert.True(job.State == JobState.Succeeded, job.Error?.ToString());
        return await Backups.RequireAsync(name, Cancel);
    }

    private async Task<string> RestoreAsync(string name, bool replace)
    {
        JobRecord job = await RunRestoreAsync(name, "rig", replace);
        Assert.True(job.State == JobState.Succeeded, job.Error?.ToString());
        return job.Result!.Value.Deserialize(BackupJson.Default.RestoreResult)!.Incarnation;
    }

    private async Task<JobRecord> RunBackupAsync(string name) => await RunAsync(await StartBackupAsync(name), _store);

    private async Task<JobRecord> RunRestoreAsync(string name, string collection, bool replace) =>
        await RunAsync(await StartRestoreAsync(name, collection, replace), _store);

    private async Task<string> StartBackupAsync(string name)
    {
        CollectionHead head = await HeadAsync();
        JsonElement body = JsonSerializer.SerializeToElement(new BackupRequest(name, head.Schema.StreamCount), BackupJson.Default.BackupRequest);
        return await StartAsync($"backup-{name}", new JobRecord("", BackupJob.KindName, "rig", _time.GetUtcNow()) { Body = body, Incarnation = head.Incarnation.Value });
    }

    private Task<string> StartRestoreAsync(string name, string collection, bool replace)
    {
        JsonElement body = JsonSerializer.SerializeToElement(new RestoreRequest(name, replace), BackupJson.Default.RestoreRequest);
        return StartAsync($"restore-{collection}", new JobRecord("", RestoreJob.KindName, collection, _time.GetUtcNow()) { Body = body });
    }

    // Later jobs of one name get a number: a job that has ended never runs again.
    private async Task<string> StartAsync(string id, JobRecord record)
    {
        string free = id;
        for (int i = 2; _store.Names.Contains(DataPaths.Job(free)); i++)
        {
            free = $"{id}.{i}";
        }

        await new JobStore(_store, _time).CreateAsync(record with { Id = free }, Cancel);
        return free;
    }

    private async Task CrashAsync(FaultyBlobStore process, string id)
    {
        try
        {
            await RunAsync(id, process);
        }
        catch (SimulatedCrashException)
        {
            // As planned.
        }
    }

    private async Task<JobRecord> RunAsync(string id, IBlobStore store)
    {
        var catalog = new CollectionCatalog(store, _time, _random);
        var backups = new BackupCatalog(store, _time);
        IJobKind[] kinds =
        [
            new BackupJob(store, _time, catalog, backups, FailPoints.Off),
            new RestoreJob(store, _time, _random, catalog, backups, _lives, FailPoints.Off),
        ];
        using var loop = new JobLoop(id, "silo", new JobServices
        {
            Store = new JobStore(store, _time),
            Kinds = kinds.ToDictionary(kind => kind.Name, StringComparer.Ordinal),
            Options = new JobOptions(),
            Time = _time,
            Random = _random,
            Instruments = new JobInstruments(null),
            Loggers = NullLoggerFactory.Instance,
        });
        await loop.RunAsync(Cancel);
        return (await new JobStore(store, _time).ReadAsync(id, Cancel))!.Record;
    }
}
