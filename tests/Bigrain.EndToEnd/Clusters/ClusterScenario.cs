using Bigrain.Api.Collections;
using Bigrain.Client;
using Bigrain.EndToEnd.Loads;
using Xunit;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>A test on the shared cluster: starts in full health; after a failure the last lines of every silo are printed.</summary>
public abstract class ClusterScenario(ClusterFixture fixture) : IAsyncLifetime
{
    private const int QueriesBefore = 30;
    private const int WritesBefore = 6;

    private protected ClusterFixture Fixture => fixture;

    private protected TestCluster Cluster => fixture.Cluster;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.RequireAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            PrintLogs(fixture.Cluster);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Waits until loads are at work.</summary>
    private protected static Task UnderWayAsync(QueryLoad? queries = null, IngestLoad? writes = null) => TestCluster.WaitUntilAsync(
        () => Task.FromResult((queries?.Count ?? QueriesBefore) >= QueriesBefore && (writes?.Acknowledged ?? WritesBefore) >= WritesBefore),
        TestCluster.StartTimeout,
        $"{QueriesBefore} queries and {WritesBefore} writes");

    /// <summary>Makes a collection for writes, with two replicas.</summary>
    private protected async Task<string> CreateIngestCollectionAsync(string name)
    {
        string collection = $"ingest-{name}-{Guid.NewGuid():N}"[..30];
        using BigrainClient client = Cluster.Client(timeoutSeconds: 30);
        await client.CreateCollectionAsync(
            collection,
            new CollectionRequest
            {
                Metric = "l2",
                Dimension = IngestLoad.Dimension,
                Partitions = 4,
                Replicas = 2,
            },
            Token);
        return collection;
    }

    /// <summary>Compares the collection with the model of the load, asking every silo, and drops it.</summary>
    /// <returns>What is wrong; empty when every acknowledged document is there exactly once and nothing else is.</returns>
    private protected async Task<IReadOnlyList<string>> CheckAndDropAsync(IngestLoad load, string collection)
    {
        List<string> faults = [];
        for (int first = 0; first < Cluster.Silos.Count; first++)
        {
            using BigrainClient reader = Cluster.Client(first, timeoutSeconds: 60);
            faults.AddRange((await load.CheckAsync(reader, Token)).Select(fault => $"{Cluster.Silos[first].Name}: {fault}"));
        }

        using BigrainClient client = Cluster.Client(timeoutSeconds: 30);
        await client.DropCollectionAsync(collection, Token);
        Results.Note(faults.Count == 0 ? "the model agrees" : $"the model disagrees: {string.Join("; ", faults)}");
        return faults;
    }

    internal static void PrintLogs(TestCluster? cluster)
    {
        foreach (SiloProcess silo in cluster?.Silos ?? [])
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"== {silo.Name}\n{string.Join('\n', silo.Log.Tail())}");
            if (Environment.GetEnvironmentVariable("BIGRAIN_LOGS") is { Length: > 0 } folder)
            {
                Directory.CreateDirectory(folder);
                File.Copy(silo.Log.Path, Path.Combine(folder, $"{TestContext.Current.TestMethod?.MethodName}-{silo.Name}.log"), overwrite: true);
            }
        }
    }
}
