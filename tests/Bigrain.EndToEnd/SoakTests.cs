using System.Diagnostics;
using System.Globalization;
using Bigrain.Api.Collections;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.AzureBlobs;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>Three silos under a mixed load for a long time: nothing may grow that does not have to.</summary>
public sealed class SoakTests(AzuriteServer azurite)
{
    private const int Workers = 4;
    private const int SiloCount = 3;
    private const int Partitions = 6;

    // Live: per partition a manifest and at most some 30 segments of 4 files and a bitmap; garbage: what two passes and the grace
    // leave; log: what the batch-id window and the tails hold; jobs: one a period for as long as ended ones are shown.
    private const int MostBlobs = 3_000;

    // Local copies of segment files, of those in use and of those in the block cache.
    private const int MostLocalFiles = 3_000;

    private static readonly Dictionary<string, string> SmallTimes = new()
    {
        ["BIGRAIN_Gc__Grace"] = "00:00:10",
        ["BIGRAIN_Gc__MinInterval"] = "00:00:03",
        ["BIGRAIN_Partition__FreezeDocuments"] = "300",
        ["BIGRAIN_Partition__FreezeAge"] = "00:00:05",
        ["BIGRAIN_LogWriter__DedupeWindow"] = "00:00:10",
        ["BIGRAIN_Jobs__KeepEnded"] = "00:01:00",

        // Full long before the first measurement: a cache that still fills up to its limit would look like a leak.
        ["BIGRAIN_Storage__BlockCache__MemoryBytes"] = "4194304",
    };

    private static readonly TimeSpan SamplePeriod = TimeSpan.FromSeconds(Window.IsLong ? 20 : 2);
    private static readonly TimeSpan WarmUp = Window.Of(20, 600);

    /// <summary>Thirty minutes, unless the variable says how many.</summary>
    private static int LongSeconds =>
        60 * (int.TryParse(Environment.GetEnvironmentVariable("BIGRAIN_SOAK_MINUTES"), CultureInfo.InvariantCulture, out int minutes) ? minutes : 30);

    private static readonly TimeSpan Length = Window.Of(45, LongSeconds);

    // A process that is 20 s old still compiles and fills its caches; after ten minutes it does not.
    private static readonly double MostGrowth = Window.IsLong ? 1.05 : 1.5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_blobs_and_local_files_stay_bounded_under_a_mixed_load()
    {
        if (RedisServer.MissingReason is { } noRedis)
        {
            Assert.Skip(noRedis);
        }

        if (await azurite.TryGetConnectionStringAsync(Token) is not { } connection)
        {
            Assert.Skip(azurite.MissingReason ?? "no Azurite");
            return;
        }

        string container = TestCluster.NewContainer();
        await using TestCluster cluster = await TestCluster.StartAsync(connection, container, new string?[SiloCount], SmallTimes, givesWay: true, Token, "--gc-period", "6s", "--flat-below", "0");
        try
        {
            await RunAsync(cluster, connection, container);
        }
        catch
        {
            ClusterScenario.PrintLogs(cluster);
            throw;
        }
    }

    private static async Task RunAsync(TestCluster cluster, string connection, string container)
    {
        var blobs = new AzureBlobStore(
            new AzureBlobOptions { ConnectionString = connection, Container = container }, TimeProvider.System, new SystemRandomSource(), NullLogger<AzureBlobStore>.Instance);
        using BigrainClient client = cluster.Client(timeoutSeconds: 60);
        await client.CreateCollectionAsync(
            "soak", new CollectionRequest { Metric = "l2", Dimension = SoakLoad.Dimension, Partitions = Partitions, Replicas = 2 }, Token);
        await using SoakLoad load = SoakLoad.Start(cluster.Clients(Workers, timeoutSeconds: 10), "soak", TimeSpan.FromMilliseconds(60));

        long start = Stopwatch.GetTimestamp();
        TimeSpan nextCompaction = TimeSpan.FromSeconds(10);
        var samples = new List<Sample>();
        while (Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < Length)
        {
            samples.Add(await SampleAsync(cluster, blobs, elapsed));
            if (elapsed >= nextCompaction)
            {
                nextCompaction += TimeSpan.FromSeconds(Window.IsLong ? 60 : 10);
                await client.Maintenance.CompactAsync("soak", Token);
            }

            await Task.Delay(SamplePeriod, Token);
        }

        samples.Add(await SampleAsync(cluster, blobs, Stopwatch.GetElapsedTime(start)));
        await load.StopAsync();
        double written = await SumAsync(cluster, "bigrain_blob_written_bytes_total");
        double deleted = await SumAsync(cluster, "bigrain_gc_deleted_blobs");
        Sample warm = samples.Last(sample => sample.At <= WarmUp), last = samples[^1];
        int mostBlobs = samples.Max(static sample => sample.Blobs), mostFiles = samples.Max(static sample => sample.LocalFiles);
        double amplification = written / load.DocumentBytesSent;
        Results.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{last.At.TotalSeconds:0} s: {load.Summary}; resident MiB at {warm.At.TotalSeconds:0} s {MiB(warm)}, at the end {MiB(last)}; blobs {warm.Blobs} then {last.Blobs}, at most {mostBlobs}; local files {warm.LocalFiles} then {last.LocalFiles}, at most {mostFiles}; {deleted:0} blobs collected; {written / 1e6:0.0} MB written for {load.DocumentBytesSent / 1e6:0.0} MB of documents: write amplification {amplification:0.0}"));

        Assert.Empty(load.Problems);
        Assert.Empty(await load.CheckAsync(client, Token));
        for (int silo = 0; silo < SiloCount; silo++)
        {
            Assert.True(
                last.Resident[silo] <= (MostGrowth * warm.Resident[silo]) + (Window.IsLong ? 0 : 32 << 20),
                $"silo-{silo} grew from {warm.Resident[silo] >> 20} to {last.Resident[silo] >> 20} MiB");
        }

        Assert.True(mostBlobs <= MostBlobs, $"{mostBlobs} blobs");
        Assert.True(mostFiles <= MostLocalFiles, $"{mostFiles} local files");
        Assert.True(deleted > 0, "no garbage was collected: the test shows nothing");
    }

    private static string MiB(Sample sample) => string.Join('/', sample.Resident.Select(static bytes => bytes >> 20));

    private static async Task<Sample> SampleAsync(TestCluster cluster, AzureBlobStore blobs, TimeSpan at)
    {
        int count = 0;
        await foreach (BlobEntry _ in blobs.ListAsync("", null, Token))
        {
            count++;
        }

        int files = cluster.Silos.Sum(silo => Directory.EnumerateFiles(cluster.CacheOf(silo), "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
        }).Count());
        return new Sample(at, [.. cluster.Silos.Select(static silo => silo.MemoryBytes)], count, files);
    }

    private static async Task<double> SumAsync(TestCluster cluster, string metric)
    {
        double sum = 0;
        foreach (SiloProcess silo in cluster.Silos)
        {
            foreach (string line in (await silo.ReadAsync("/metrics")).Split('\n').Where(line => line.StartsWith(metric, StringComparison.Ordinal)))
            {
                sum += double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
            }
        }

        return sum;
    }

    private sealed record Sample(TimeSpan At, IReadOnlyList<long> Resident, int Blobs, int LocalFiles);
}
