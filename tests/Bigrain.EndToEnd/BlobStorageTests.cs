using System.Text.Json;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteServer))]
[assembly: AssemblyFixture(typeof(ClusterFixture))]
[assembly: SideBySide]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Bigrain.EndToEnd;

public sealed class BlobStorageTests(AzuriteServer azurite) : IDisposable
{
    private const int Rows = 12_000;
    private const int Dimension = 32;
    private const int Seed = 20261122;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_same_container_served_with_two_cache_folders_gives_the_same_ids_order_and_scores()
    {
        string connection = await azurite.TryGetConnectionStringAsync(TestContext.Current.CancellationToken) ?? "";
        if (connection.Length == 0)
        {
            Assert.Skip(azurite.MissingReason ?? "no Azurite");
        }

        float[] values = Vectors.Make(Seed, Rows, Dimension);
        string basePath = _folder.Combine("base.fbin");
        string queries = _folder.Combine("queries.fbin");
        string truth = _folder.Combine("truth.ibin");
        Vectors.Write(basePath, values, Dimension);
        Vectors.Write(queries, Vectors.Make(Seed + 1, 100, Dimension), Dimension);
        string container = $"endtoend{Guid.NewGuid():N}";

        List<string> first;
        await using (Server server = await ServeAsync(connection, container, "cache-1"))
        {
            await Tool.RunJsonAsync(server.Environment, "collection", "create", "docs", "--dim", $"{Dimension}", "--metric", "l2");
            await Tool.RunJsonAsync(server.Environment, "import", "docs", basePath, "--no-compact");
            await server.KillAsync();
            await server.StartAsync();
            await Documents.AssertBitExactAsync(server, "docs", values, Dimension, Rows);
            await Tool.RunJsonAsync(server.Environment, "compact", "docs");
            await Tool.RunJsonAsync(server.Environment, "truth", "--base", basePath, "--queries", queries, "--metric", "l2", "-k", "10", "--out", truth);
            JsonElement eval = await Tool.RunJsonAsync(server.Environment, "eval", "docs", "--queries", queries, "--truth", truth);
            Assert.True(eval.GetProperty("recallAtK").GetDouble() >= 0.97, $"{eval}");
            first = await AnswersAsync(server, queries);
            Assert.Equal(0, (await server.StopAsync()).ExitCode);
        }

        await using Server second = await ServeAsync(connection, container, "cache-2");
        Assert.Equal(first, await AnswersAsync(second, queries));
        ToolResult verified = await Tool.RunAsync(second.Environment, "verify", "docs", "--blob", connection, "--container", container);
        Assert.True(verified.ExitCode == 0, verified.Error);
    }

    private static async Task<List<string>> AnswersAsync(Server server, string queries)
    {
        List<string> answers = [];
        for (int row = 0; row < 5; row++)
        {
            JsonElement reply = await Tool.RunJsonAsync(server.Environment, "query", "docs", "--vector-file", queries, "--row", $"{row}", "-k", "30");
            answers.AddRange(reply.GetProperty("hits").EnumerateArray().Select(static hit => hit.GetRawText()));
        }

        return answers;
    }

    private Task<Server> ServeAsync(string connection, string container, string cache) =>
        Server.StartAsync("--blob", connection, "--container", container, "--data", _folder.Combine(cache), "--flat-below", "0");
}
