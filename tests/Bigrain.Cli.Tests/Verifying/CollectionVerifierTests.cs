using System.IO.Hashing;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Verifying;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Cli.Tests.Verifying;

public sealed class CollectionVerifierTests
{
    private const int Dimension = 8;
    private const ulong Seed = 20_261_123;

    private static readonly string[] Blobs = ["GENERATION", "tables", "EPOCH", "MANIFEST", "ids", "docs", "default.coarse", "default.dense", "del-", "wal"];

    private readonly MemoryBlobStore _store = new();
    private CollectionHead? _head;

    public static TheoryData<string, string> Everything
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string damage in (string[])["missing", "truncated", "flipped", "swapped"])
            {
                foreach (string blob in Blobs)
                {
                    data.Add(damage, blob);
                }
            }

            return data;
        }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Healthy_data_is_healthy()
    {
        await FillAsync();

        VerifyReport report = await VerifyAsync();

        Assert.Empty(report.Damage);
        Assert.True(report.Segments >= 4, $"{report.Segments} segments");
    }

    [Fact]
    public async Task All_that_is_read_is_counted_also_where_nothing_is_in_a_segment()
    {
        await using (PartitionRig rig = await OpenAsync())
        {
            await rig.WriteAsync(Enumerable.Range(0, 20).Select(row => ($"d{row}", (float[]?)Vector(row), "{}")), Cancel);
        }

        long log = 0;
        foreach (string name in _store.Names.Where(name => name.Contains("/wal/", StringComparison.Ordinal)))
        {
            log += (await _store.GetPropertiesAsync(name, Cancel))!.LengthBytes;
        }

        VerifyReport report = await VerifyAsync();
        Assert.Equal(0, report.Segments);
        Assert.True(log > 0 && report.Bytes > log, $"{report.Bytes} bytes read, {log} of them of the log");
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Planted_damage_is_found_and_named(string damage, string blob)
    {
        await FillAsync();
        (string victim, string other) = PairOf(blob);
        switch (damage)
        {
            case "missing":
                await _store.DeleteAsync(victim, null, Cancel);
                break;
            case "truncated":
                _store.Truncate(victim, (int)((await _store.GetPropertiesAsync(victim, Cancel))!.LengthBytes - 1));
                break;
            case "flipped":
                _store.FlipBit(victim, (await _store.GetPropertiesAsync(victim, Cancel))!.LengthBytes / 2, 5);
                break;
            default:
                await SwapAsync(victim, other);
                break;
        }

        string[] named = [.. (await VerifyAsync()).Damage.Select(place => place.Blob).Distinct()];

        Assert.Contains(victim, named);
        if (damage == "swapped")
        {
            Assert.Contains(other, named);
        }
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("flipped")]
    [InlineData("swapped")]
    public async Task A_damaged_head_is_found_and_named(string damage)
    {
        await FillAsync();
        string head = DataPaths.Head("rig");
        switch (damage)
        {
            case "truncated":
                _store.Truncate(head, 50);
                break;
            case "flipped":
                _store.FlipBit(head, 60, 1);
                break;
            default:
                await new CollectionCatalog(_store, TimeProvider.System, new SeededRandom(9)).CreateAsync("other", Schema(), Cancel);
                await SwapAsync(head, DataPaths.Head("other"));
                break;
        }

        Assert.Equal(head, Assert.Single((await VerifyAsync()).Damage).Blob);
    }

    [Fact]
    public async Task Without_a_head_there_is_no_such_collection()
    {
        await FillAsync();
        await _store.DeleteAsync(DataPaths.Head("rig"), null, Cancel);

        BigrainException none = await Assert.ThrowsAsync<BigrainException>(VerifyAsync);
        Assert.Equal(ErrorCode.NotFound, none.Code);
        Assert.Contains("it has none at all", none.Message, StringComparison.Ordinal);
        await new CollectionCatalog(_store, TimeProvider.System, new SeededRandom(9)).CreateAsync("other", Schema(), Cancel);
        Assert.EndsWith("it has other", (await Assert.ThrowsAsync<BigrainException>(VerifyAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_end_of_the_log_is_found_when_a_manifest_covers_it()
    {
        await FillAsync(trim: false);
        string[] log = [.. _store.Names.Where(name => name.Contains("/stream/0/wal/", StringComparison.Ordinal))];
        foreach (string entry in log[1..])
        {
            await _store.DeleteAsync(entry, null, Cancel);
        }

        Assert.Contains(log[1], (await VerifyAsync()).Damage.Select(place => place.Blob));
    }

    [Fact]
    public async Task Data_that_is_written_merged_and_trimmed_meanwhile_is_healthy()
    {
        await using PartitionRig rig = await OpenAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        int rounds = 0;
        Task writing = Task.Run(
            async () =>
            {
                for (int row = 0; !stop.IsCancellationRequested; row += 20)
                {
                    await rig.WriteAsync(Enumerable.Range(row % 400, 20).Select(id => ($"d{id}", id % 3 == 0 ? null : Vector(row + id), "{}")), Cancel);
                    foreach (Partition partition in rig.Host.Partitions)
                    {
                        await (row % 100 == 0 ? partition.CompactAsync(Cancel) : partition.FreezeAsync(Cancel));
                    }

                    if (row % 60 == 0)
                    {
                        await rig.TrimAsync(Cancel);
                    }

                    Interlocked.Increment(ref rounds);
                }
            },
            Cancel);

        for (int before = 0; Volatile.Read(ref rounds) < 40 && !writing.IsCompleted; before++)
        {
            VerifyReport report = await VerifyAsync();
            Assert.True(report.Damage.Count == 0, $"look {before}: {string.Join("; ", report.Damage)}");
        }

        await stop.CancelAsync();
        await writing;
    }

    private static CollectionSchema Schema() => Schemas.Dense(Dimension, Metric.L2);

    private static float[] Vector(int row)
    {
        var random = new SeededRandom(Seed + (ulong)row);
        return [.. Enumerable.Range(0, Dimension).Select(_ => random.Next(1_000) / 1_000f)];
    }

    private Task<PartitionRig> OpenAsync() => PartitionRig.OpenAsync(_store, Schema(), new PartitionRigSettings { Seed = Seed }, Cancel);

    // Two segments with dead slots in each partition, a log that begins behind them, and learned tables.
    private async Task FillAsync(bool trim = true)
    {
        await using (PartitionRig rig = await OpenAsync())
        {
            for (int part = 0; part < 2; part++)
            {
                await rig.WriteAsync(
                    Enumerable.Range(part * 100, 100).Select(row => ($"d{row}", (float[]?)Vector(row), $$"""{"row":{{row}}}""")), Cancel);
                foreach (Partition partition in rig.Host.Partitions)
                {
                    await partition.FreezeAsync(Cancel);
                }
            }

            await rig.WriteAsync(Enumerable.Range(0, 40).Select(row => ($"d{row * 5}", (float[]?)null, "")), Cancel);
            foreach (Partition partition in rig.Host.Partitions)
            {
                await partition.FreezeAsync(Cancel);
            }

            if (trim)
            {
                await rig.TrimAsync(Cancel);
            }

            for (int row = 300; row < 320; row++)
            {
                await rig.WriteAsync([($"d{row}", Vector(row), "{}")], Cancel);
            }

            _head = rig.Head;
        }

        var catalog = new CollectionCatalog(_store, TimeProvider.System, new SeededRandom(5));
        GenerationRecord first = await catalog.ReadGenerationAsync(_head.Incarnation, 1, Cancel);
        byte[] tables = [.. Enumerable.Range(0, 500).Select(i => (byte)i)];
        await _store.CreateAsync(DataPaths.Tables(_head.Incarnation, 2, "default"), tables, Cancel);
        var reference = new TablesReference(2, tables.Length, Convert.ToHexStringLower(XxHash128.Hash(tables)));
        await catalog.WriteGenerationAsync(
            _head.Incarnation, first with { Generation = 2, Representations = [first.Representations[0] with { Tables = reference }] }, Cancel);
        await catalog.UpdateAsync("rig", _head.Incarnation, head => head with { PreviousGeneration = 2 }, Cancel);
        foreach (int partition in Enumerable.Range(0, 2))
        {
            // The second generation has the manifests of a build that is done.
            BlobContent manifest = (await _store.ReadAsync(DataPaths.Manifest(_head.Incarnation, 1, partition), Cancel))!;
            Assert.NotNull(manifest);
            var manifests = new Index.Manifests.ManifestStore(_store, TimeProvider.System, _head.Incarnation, 2, partition, 2);
            Index.Manifests.ManifestSnapshot source =
                await new Index.Manifests.ManifestStore(_store, TimeProvider.System, _head.Incarnation, 1, partition, 2).ReadAsync(Cancel);
            await manifests.TrySwapAsync(
                await manifests.ReadAsync(Cancel), source.Manifest with { Revision = 1, Segments = [] }, Cancel);
        }
    }

    private (string Victim, string Other) PairOf(string blob)
    {
        CollectionIncarnation life = _head!.Incarnation;
        switch (blob)
        {
            case "GENERATION":
                return (DataPaths.Generation(life, 1), DataPaths.Generation(life, 2));
            case "tables":
                return (DataPaths.Tables(life, 2, "default"), _store.Names.First(name => name.EndsWith("/ids", StringComparison.Ordinal)));
            case "EPOCH":
                return (DataPaths.Epoch(life, 0), DataPaths.Epoch(life, 1));
            case "MANIFEST":
                return (DataPaths.Manifest(life, 1, 0), DataPaths.Manifest(life, 1, 1));
            case "wal":
                return (DataPaths.WalEntry(life, 0, LastSequence(life) - 2), DataPaths.WalEntry(life, 0, LastSequence(life) - 1));
            default:
                string[] names = [.. _store.Names.Where(name =>
                    name.StartsWith(DataPaths.Incarnation(life), StringComparison.Ordinal)
                    && name[(name.LastIndexOf('/') + 1)..].StartsWith(blob, StringComparison.Ordinal))];
                return (names[0], names[1]);
        }
    }

    private long LastSequence(CollectionIncarnation life) => _store.Names
        .Where(name => name.StartsWith(DataPaths.Wal(life, 0), StringComparison.Ordinal))
        .Max(name => long.Parse(name[^20..], System.Globalization.CultureInfo.InvariantCulture));

    private async Task SwapAsync(string first, string second)
    {
        BlobContent a = (await _store.ReadAsync(first, Cancel))!;
        BlobContent b = (await _store.ReadAsync(second, Cancel))!;
        await _store.ReplaceAsync(first, a.Tag, b.Bytes, Cancel);
        await _store.ReplaceAsync(second, b.Tag, a.Bytes, Cancel);
    }

    private async Task<VerifyReport> VerifyAsync()
    {
        using var copies = new LocalCopies(_store);
        return await new CollectionVerifier(_store, copies, TimeProvider.System, new Progress<Share>()).RunAsync("rig", Cancel);
    }
}
