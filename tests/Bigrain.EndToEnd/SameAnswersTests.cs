using Bigrain.Api.Queries;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Redis;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>How many silos serve the blobs must not show in the answers.</summary>
public sealed class SameAnswersTests(AzuriteServer azurite) : IDisposable
{
    private const string Collection = "docs";
    private const int Dimension = 128;
    private const int Queries = 60;
    private const int K = 50;
    private const int Seed = 20261122;

    private static readonly int Rows = Window.Count(40_000, 200_000);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_same_blobs_served_by_one_silo_and_by_three_give_equal_ids_order_and_scores()
    {
        if (RedisServer.MissingReason is { } noRedis)
        {
            Assert.Skip(noRedis);
        }

        if (await azurite.TryGetConnectionStringAsync(TestContext.Current.CancellationToken) is not { } blob)
        {
            Assert.Skip(azurite.MissingReason ?? "no Azurite");
            return;
        }

        string container = TestCluster.NewContainer();
        float[] values = Vectors.Make(Seed, Rows, Dimension);
        float[][] queries = [.. Vectors.Make(Seed + 1, Queries, Dimension).Chunk(Dimension)];
        string file = _folder.Combine("base.fbin");
        Vectors.Write(file, values, Dimension);

        RecordedAnswers made = await ServeAsync(blob, container, 3, queries, async cluster =>
        {
            Dictionary<string, string> environment = cluster.Silos[0].Environment;
            await Tool.RunJsonAsync(environment, "collection", "create", Collection, "--dim", $"{Dimension}", "--metric", "l2", "--partitions", "12", "--replicas", "2");
            await Tool.RunJsonAsync(environment, "import", Collection, file);
            await Tool.RunJsonAsync(environment, "compact", Collection);
            await cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
        });
        double recall = Enumerable.Range(0, Queries).Average(i => Recall(values, queries[i], made.Hits(i)));
        RecordedAnswers one = await ServeAsync(blob, container, 1, queries);
        RecordedAnswers three = await ServeAsync(blob, container, 3, queries);

        Results.Note($"{Rows} x {Dimension}: {Queries} queries at k = {K}, recall {recall:0.0000}; one silo and three: {FirstDifference(one, three) ?? "equal"}; three that wrote them and one: {FirstDifference(made, one) ?? "equal"}");
        Assert.True(recall >= 0.95, $"recall@{K} {recall}");
        Assert.Null(FirstDifference(one, three));
        Assert.Null(FirstDifference(made, one));
    }

    private static async Task<RecordedAnswers> ServeAsync(string blob, string container, int silos, float[][] queries, Func<TestCluster, Task>? prepare = null)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(blob, container, silos, TestContext.Current.CancellationToken, "--flat-below", "0");
        try
        {
            if (prepare is not null)
            {
                await prepare(cluster);
            }

            using BigrainClient client = cluster.Client(timeoutSeconds: 60);
            RecordedAnswers answers = await RecordedAnswers.RecordAsync(client, Collection, queries, K, TestContext.Current.CancellationToken);
            int[] exitCodes = await Task.WhenAll(cluster.Silos.Select(static silo => silo.StopAsync()));
            Assert.All(exitCodes, static code => Assert.Equal(0, code));
            return answers;
        }
        catch
        {
            ClusterScenario.PrintLogs(cluster);
            throw;
        }
    }

    private static string? FirstDifference(RecordedAnswers left, RecordedAnswers right)
    {
        for (int i = 0; i < Queries; i++)
        {
            QueryReply reply = new() { Hits = right.Hits(i), Complete = true, Verified = "all" };
            if (left.FaultOf(i, reply) is { } fault)
            {
                return $"query {i}: {fault}";
            }
        }

        return null;
    }

    private static double Recall(float[] values, float[] query, IReadOnlyList<QueryHit> hits)
    {
        HashSet<string> near = [.. Enumerable.Range(0, values.Length / Dimension)
            .Select(row => (Row: row, Distance: SquaredDistance(values.AsSpan(row * Dimension, Dimension), query)))
            .OrderBy(static one => one.Distance)
            .Take(K)
            .Select(static one => $"{one.Row}")];
        return hits.Count(hit => near.Contains(hit.Id)) / (double)K;
    }

    private static float SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        float sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float difference = x[i] - y[i];
            sum += difference * difference;
        }

        return sum;
    }
}
