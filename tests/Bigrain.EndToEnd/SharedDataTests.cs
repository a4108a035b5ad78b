using System.Text.Json;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.EndToEnd;

public sealed class SharedDataTests : IDisposable
{
    private const double WantedRecall = 0.98;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Mnist_784_reaches_the_wanted_recall_at_defaults_before_and_after_kill_9()
    {
        string folder = SharedData.TryFind("mnist-784") ?? Skip("mnist-784");
        return RunAsync(
            784,
            "l2",
            [Path.Combine(folder, "train-images-idx3-ubyte.gz")],
            Path.Combine(folder, "t10k-images-idx3-ubyte.gz"),
            ["--query-take", "1000"],
            ["--take", "1000"]);
    }

    [Fact]
    public Task Bge_base_reaches_the_wanted_recall_under_cosine_with_500_rows_held_out()
    {
        string vectors = SharedData.TryFind("bge-base/vectors.f16bin") ?? Skip("bge-base");
        return RunAsync(768, "cosine", [vectors, "--skip", "500"], vectors, ["--skip", "500", "--query-take", "500"], ["--take", "500"]);
    }

    private static string Skip(string name)
    {
        Assert.Skip($"../shared/data/{name} is not here");
        return "";
    }

    private async Task RunAsync(
        int dimension, string metric, string[] import, string queries, string[] truthWindow, string[] evalWindow)
    {
        await using Server server = await Server.StartAsync("--data", _folder.Combine("data"), "--flat-below", "0");
        string truth = _folder.Combine("truth.ibin");
        await Tool.RunJsonAsync(
            server.Environment,
            ["truth", "--base", import[0], "--queries", queries, "--metric", metric, "-k", "10", "--out", truth, .. truthWindow]);
        await Tool.RunJsonAsync(server.Environment, "collection", "create", "set", "--dim", $"{dimension}", "--metric", metric);
        JsonElement imported = await Tool.RunJsonAsync(server.Environment, ["import", "set", .. import]);
        long documents = imported.GetProperty("documents").GetInt64();
        string[] eval = ["eval", "set", "--queries", queries, "--truth", truth, "-k", "10", .. evalWindow];
        JsonElement before = await Tool.RunJsonAsync(server.Environment, eval);
        await server.KillAsync();
        await server.StartAsync();
        JsonElement after = await Tool.RunJsonAsync(server.Environment, eval);

        TestContext.Current.TestOutputHelper?.WriteLine($"{before}\n{after}");
        double recall = before.GetProperty("recallAtK").GetDouble();
        Assert.True(recall >= WantedRecall, $"recall@10 {recall}");
        Assert.InRange(after.GetProperty("recallAtK").GetDouble(), recall - 0.005, recall + 0.005);
        Assert.Equal(0, before.GetProperty("incomplete").GetInt32());
        Assert.True(before.GetProperty("codesScanned").GetDouble() > 0, "the coarse path was not taken");
        Assert.True(before.GetProperty("recordsVerified").GetDouble() <= 0.05 * documents, "more than 5 % of the records were verified");
    }
}
