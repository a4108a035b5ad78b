using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Client;
using Bigrain.EndToEnd.Loads;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Redis;
using Xunit;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>Three silos with a few collections, started by the first scenario that needs them; each finds them in full health.</summary>
public sealed class ClusterFixture : IAsyncDisposable
{
    internal const int SiloCount = 3;
    internal const int Partitions = 12;
    private const int Seed = 20261122;
    private const int FlatBelow = 1_500;
    private const int ExactRows = 1_200;
    private const int CoarseRows = 20_000;
    internal const int CoarseDimension = 32;
    private const int CoarseQueries = 40;
    private const int BatchRows = 2_000;

    private static readonly Dictionary<string, string> NoVariables = [];

    private string? _startFault;
    private TestCluster? _cluster;

    /// <summary>A store of its own: one scenario takes it away.</summary>
    public AzuriteServer Azurite { get; } = new();

    internal TestCluster Cluster => _cluster!;

    /// <summary>Two replicas, searched exactly.</summary>
    internal NumberSet Exact { get; } = new("exact", Seed, ExactRows, 16, Partitions);

    /// <summary>One replica, searched exactly, whose flagged answers are taken.</summary>
    internal NumberSet Single { get; } = new("single", Seed + 1, ExactRows, 16, Partitions) { MinCoverage = 0 };

    /// <summary>Two replicas, compacted, searched by codes and verified; expected is what the healthy cluster answered.</summary>
    internal RecordedAnswers? Coarse { get; private set; }

    /// <summary>Skips the test where Redis or Azurite cannot be had.</summary>
    internal async Task SkipWhereMissingAsync()
    {
        string? missing = RedisServer.MissingReason;
        if (missing is null && await Azurite.TryGetConnectionStringAsync(CancellationToken.None) is null)
        {
            missing = Azurite.MissingReason ?? "no Azurite";
        }

        if (missing is not null)
        {
            Assert.Skip(missing);
        }
    }

    /// <summary>Skips the test where Redis or Azurite cannot be had; otherwise brings the cluster to full health.</summary>
    internal async Task RequireAsync()
    {
        await SkipWhereMissingAsync();
        if (_cluster is null && _startFault is null)
        {
            await StartAsync();
        }

        if (_startFault is not null)
        {
            Assert.Fail(_startFault);
        }

        if (await TryRestoreAsync() is { } fault)
        {
            // What one scenario left behind must not fail the next.
            TestContext.Current.TestOutputHelper?.WriteLine($"a new cluster is made, the old one did not recover: {fault}");
            await _cluster!.DisposeAsync();
            await StartAsync();
        }
    }

    /// <summary>Starts again whatever a scenario stopped.</summary>
    /// <returns>What is still missing after a while; null in full health.</returns>
    internal async Task<string?> TryRestoreAsync()
    {
        await Azurite.ResumeAsync(CancellationToken.None);
        await Cluster.Redis.StartAsync(CancellationToken.None);
        while (Cluster.Silos.Count > SiloCount)
        {
            await Cluster.RemoveLastSiloAsync();
        }

        foreach (SiloProcess silo in Cluster.Silos)
        {
            if (silo.IsPaused)
            {
                await silo.ResumeAsync();
            }

            if (!silo.IsRunning)
            {
                silo.Start();
            }
        }

        try
        {
            await Cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
            await WarmAsync();
            await Cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
            return null;
        }
        catch (TimeoutException e)
        {
            return e.Message;
        }
    }

    /// <summary>Asks every collection once until the answer is complete: after a start the first query loads what it asks for.</summary>
    internal async Task WarmAsync()
    {
        using BigrainClient client = Cluster.Client(timeoutSeconds: 30);
        foreach (IExpectation one in new IExpectation[] { Exact, Single, Coarse! })
        {
            await TestCluster.WaitUntilAsync(
                async () =>
                {
                    try
                    {
                        return (await client.QueryAsync(one.Collection, one.Query(0))).Complete;
                    }
                    catch (BigrainClientException)
                    {
                        return false;
                    }
                },
                TestCluster.StartTimeout,
                $"a complete answer from {one.Collection}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        await Azurite.DisposeAsync();
    }

    private async Task StartAsync()
    {
        string blob = (await Azurite.TryGetConnectionStringAsync(CancellationToken.None))!;
        try
        {
            _cluster = await TestCluster.StartAsync(
                blob, TestCluster.NewContainer(), new string?[SiloCount], NoVariables, givesWay: false, CancellationToken.None, "--flat-below", $"{FlatBelow}");
            await FillAsync();
        }
        catch (Exception e) when (e is TimeoutException or BigrainClientException or InvalidOperationException)
        {
            _startFault = $"the cluster did not start: {e.Message}";
        }
    }

    private async Task FillAsync()
    {
        using BigrainClient client = Cluster.Client(timeoutSeconds: 60);
        await FillAsync(client, Exact, replicas: 2);
        await FillAsync(client, Single, replicas: 1);
        float[] values = Vectors.Make(Seed, CoarseRows, CoarseDimension);
        await client.CreateCollectionAsync("coarse", new CollectionRequest { Metric = "l2", Dimension = CoarseDimension, Partitions = Partitions, Replicas = 2 });
        await WriteAsync(client, "coarse", Enumerable.Range(0, CoarseRows)
            .Select(row => new Document { Id = $"{row}", VectorBase64 = NumberSet.Bytes(values[(row * CoarseDimension)..((row + 1) * CoarseDimension)]) }));
        await client.Jobs.WaitAsync(await client.Maintenance.CompactAsync("coarse"));
        await Cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);

        // Every silo answers everything once: the first answers of a process are slow.
        float[] queries = Vectors.Make(Seed + 2, CoarseQueries, CoarseDimension);
        for (int first = 0; first < SiloCount; first++)
        {
            using BigrainClient warm = Cluster.Client(first, timeoutSeconds: 30);
            Coarse = await RecordedAnswers.RecordAsync(warm, "coarse", queries.Chunk(CoarseDimension), 10, CancellationToken.None);
            foreach (NumberSet set in new[] { Exact, Single })
            {
                for (int i = 0; i < set.QueryCount; i++)
                {
                    await warm.QueryAsync(set.Collection, set.Query(i));
                }
            }
        }
    }

    private static async Task FillAsync(BigrainClient client, NumberSet set, int replicas)
    {
        await client.CreateCollectionAsync(
            set.Collection,
            new CollectionRequest { Metric = "l2", Dimension = set.Dimension, Partitions = set.PartitionCount, Replicas = replicas });
        await WriteAsync(client, set.Collection, set.Documents);
    }

    private static async Task WriteAsync(BigrainClient client, string collection, IEnumerable<Document> documents)
    {
        foreach (Document[] batch in documents.Chunk(BatchRows))
        {
            await client.WriteAsync(collection, new WriteRequest { Documents = batch });
        }
    }
}
