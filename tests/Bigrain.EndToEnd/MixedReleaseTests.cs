using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Reindexing;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Bigrain.EndToEnd.Releases;
using Bigrain.TestKit.Blobs;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>Silos of the release before and of this one in one cluster, on one store: what a rolling upgrade goes through.</summary>
public sealed class MixedReleaseTests(AzuriteServer azurite)
{
    private const int Seed = 20_261_123;
    private const int Rows = 600;
    private const int Dimension = 16;
    private const int Partitions = 4;
    private const int Workers = 3;
    private const double PerSecond = 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_releases_serve_side_by_side_and_a_rolling_upgrade_fails_no_query()
    {
        string older = await OlderRelease.RequireAsync(Token);
        string? blob = TestKit.Redis.RedisServer.MissingReason is null ? await azurite.TryGetConnectionStringAsync(Token) : null;
        if (blob is null)
        {
            Assert.Skip(TestKit.Redis.RedisServer.MissingReason ?? azurite.MissingReason ?? "no Azurite");
        }

        await using TestCluster cluster = await TestCluster.StartAsync(blob, TestCluster.NewContainer(), [older, older, null], Token);
        try
        {
            await RunAsync(cluster);
        }
        catch
        {
            ClusterScenario.PrintLogs(cluster);
            throw;
        }
    }

    private static async Task RunAsync(TestCluster cluster)
    {
        // 1. A collection made and filled through either release, asked through each silo.
        NumberSet byOlder = new("by-older", Seed, Rows, Dimension, Partitions);
        NumberSet byNewer = new("by-newer", Seed + 1, Rows, Dimension, Partitions);
        await FillAsync(cluster, first: 0, byOlder, writers: [2, 1]);
        await FillAsync(cluster, first: 2, byNewer, writers: [0, 2]);
        for (int silo = 0; silo < cluster.Silos.Count; silo++)
        {
            using BigrainClient client = cluster.Client(silo, timeoutSeconds: 60);
            foreach (NumberSet set in new[] { byOlder, byNewer })
            {
                for (int query = 0; query < set.QueryCount; query++)
                {
                    Assert.Null(set.FaultOf(query, await client.QueryAsync(set.Collection, set.Query(query), Token)));
                }
            }
        }

        // A new generation would be nothing to the older silos.
        using (BigrainClient client = cluster.Client(first: 2, timeoutSeconds: 60))
        {
            BigrainClientException refused = await Assert.ThrowsAsync<BigrainClientException>(
                () => client.Maintenance.ReindexAsync(byNewer.Collection, new ReindexRequest(), Token));
            Assert.Contains("older release", refused.Message, StringComparison.Ordinal);
        }

        // 2. Queries and writes through all of them while the older ones are replaced one by one.
        const string Ingest = "ingest";
        using (BigrainClient client = cluster.Client(first: 1, timeoutSeconds: 60))
        {
            await client.CreateCollectionAsync(
                Ingest, new CollectionRequest { Metric = "l2", Dimension = IngestLoad.Dimension, Partitions = Partitions, Replicas = 2 }, Token);
        }

        await cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
        QueryReport report;
        IngestReport written;
        IReadOnlyList<string> faults;
        await using (QueryLoad queries = QueryLoad.Start(cluster.Clients(Workers), PerSecond, byOlder, byNewer))
        await using (IngestLoad writes = IngestLoad.Start(cluster.Clients(2, timeoutSeconds: 10), Ingest))
        {
            await Task.Delay(Window.Of(3, 20), Token);
            foreach (SiloProcess silo in cluster.Silos.Where(static silo => silo.IsOtherRelease).ToArray())
            {
                Assert.Equal(0, await silo.StopAsync());
                await cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
                silo.Upgrade();
                silo.Start();
                await cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
            }

            await Task.Delay(Window.Of(2, 20), Token);
            report = await queries.StopAsync();
            written = await writes.StopAsync();
            using BigrainClient reader = cluster.Client(timeoutSeconds: 60);
            faults = await writes.CheckAsync(reader, Token);
        }

        Results.Note($"rolling upgrade: {report}; {written}");
        Assert.True(report.Count(QueryOutcome.Wrong) == 0, $"{report}");
        Assert.True(report.Count(QueryOutcome.Failed) == 0, $"{report}");
        Assert.True(report.Events.Count > PerSecond, $"too few queries: {report}");
        Assert.True(written.Acknowledged > 0, $"{written}");
        Assert.Empty(faults);
    }

    private static async Task FillAsync(TestCluster cluster, int first, NumberSet set, int[] writers)
    {
        using BigrainClient maker = cluster.Client(first, timeoutSeconds: 60);
        await maker.CreateCollectionAsync(
            set.Collection, new CollectionRequest { Metric = "l2", Dimension = Dimension, Partitions = Partitions, Replicas = 2 }, Token);
        int turn = 0;
        foreach (Document[] batch in set.Documents.Chunk(Rows / 4))
        {
            using BigrainClient writer = cluster.Client(writers[turn++ % writers.Length], timeoutSeconds: 60);
            await writer.WriteAsync(set.Collection, new WriteRequest { Documents = batch }, Token);
        }
    }
}
