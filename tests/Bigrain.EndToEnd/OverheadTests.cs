using System.Diagnostics;
using System.Globalization;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Bigrain.EndToEnd.Processes;
using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>What HTTP and the way over silos add to a search. It measures and compares answers; times are never a reason to fail.</summary>
[Collection(AloneGroup.Name)]
public sealed class OverheadTests(ClusterFixture fixture)
{
    private const string Collection = "docs";
    private const int Rows = 20_000;
    private const int Dimension = 128;
    private const int Partitions = 4;
    private const int Queries = 1_000;
    private const int WarmUp = 1_000;
    private const int BatchRows = 2_000;
    private const int Seed = 20261122;

    [Fact]
    public async Task What_http_and_silos_add_to_a_search_in_the_process()
    {
        await fixture.SkipWhereMissingAsync();
        if (!Window.IsLong)
        {
            Assert.Skip("a measurement, of use on a quiet machine only: BIGRAIN_LONG=1 runs it");
        }

        float[] values = Vectors.Make(Seed, Rows, Dimension);
        float[][] queries = [.. Vectors.Make(Seed + 1, Queries, Dimension).Chunk(Dimension)];
        double inProcess = await InProcessAsync(values, queries);
        double one = await ServedAsync(1, values, queries);
        double three = await ServedAsync(3, values, queries);
        Results.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"p50 of {Queries} queries one at a time, {Rows} x {Dimension}, {Partitions} partitions: in process {inProcess:0.000} ms; over HTTP one silo {one:0.000} ms (+{one - inProcess:0.000}), three silos {three:0.000} ms (+{three - inProcess:0.000})"));
    }

    private static async Task<double> InProcessAsync(float[] values, float[][] queries)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            new MemoryBlobStore(),
            Schemas.Dense(Dimension, Metric.L2, Partitions, 4),
            new PartitionRigSettings { Coarse = new CoarseOptions { FlatBelow = 0 } },
            cancel);
        foreach (int[] batch in Enumerable.Range(0, Rows).Chunk(BatchRows))
        {
            await rig.WriteAsync(batch.Select(row => ($"{row}", (float[]?)values[(row * Dimension)..((row + 1) * Dimension)], "")), cancel);
        }

        for (int partition = 0; partition < Partitions; partition++)
        {
            await rig.PartitionOf(partition).CompactAsync(cancel);
        }

        return await MedianAsync(async query => Assert.Equal(10, (await rig.QueryAsync(query, 10, cancel)).Hits.Length), queries);
    }

    private async Task<double> ServedAsync(int silos, float[] values, float[][] queries)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string blob = (await fixture.Azurite.TryGetConnectionStringAsync(cancel))!;
        await using TestCluster cluster = await TestCluster.StartAsync(blob, TestCluster.NewContainer(), silos, cancel, "--flat-below", "0");
        using BigrainClient client = cluster.Client(timeoutSeconds: 60);
        await client.CreateCollectionAsync(Collection, new CollectionRequest { Metric = "l2", Dimension = Dimension, Partitions = Partitions }, cancel);
        foreach (int[] batch in Enumerable.Range(0, Rows).Chunk(BatchRows))
        {
            Document[] documents = [.. batch.Select(row => new Document { Id = $"{row}", VectorBase64 = NumberSet.Bytes(values[(row * Dimension)..((row + 1) * Dimension)]) })];
            await client.WriteAsync(Collection, new WriteRequest { Documents = documents }, cancel);
        }

        await client.Jobs.WaitAsync(await client.Maintenance.CompactAsync(Collection, cancel), null, cancel);
        await cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
        using BigrainClient reader = cluster.Client(timeoutSeconds: 60);
        return await MedianAsync(
            async query =>
            {
                QueryReply reply = await reader.QueryAsync(Collection, new QueryRequest { VectorBase64 = NumberSet.Bytes(query) }, cancel);
                Assert.True(reply.Complete && reply.Hits.Count == 10, $"{reply.Reason}");
            },
            queries);
    }

    /// <summary>Median in milliseconds, after a round that is not measured.</summary>
    private static async Task<double> MedianAsync(Func<float[], Task> ask, float[][] queries)
    {
        for (int i = 0; i < WarmUp; i++)
        {
            await ask(queries[i % queries.Length]);
        }

        List<double> times = [];
        foreach (float[] query in queries)
        {
            long start = Stopwatch.GetTimestamp();
            await ask(query);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return times[times.Count / 2];
    }
}
