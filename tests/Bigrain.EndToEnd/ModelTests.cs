using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Bigrain.Api.Queries;
using Bigrain.Client;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Models;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>From judgements to better answers by the tool alone: train, reindex with the model while queries run, eval, roll back.</summary>
public sealed class ModelTests : IDisposable
{
    private const int Dimension = 24;
    private const int Rows = 3_000;
    private const int Judged = 1_200;
    private const int Asked = 60;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_trained_model_is_published_under_load_judged_before_and_after_and_rolled_back()
    {
        float[] rows = ModelMaker.Gaussians(Rows * Dimension, 31);
        float[] queries = Queries(rows);
        Vectors.Write(_folder.Combine("rows.fbin"), rows, Dimension);
        Vectors.Write(_folder.Combine("queries.fbin"), queries, Dimension);
        await File.WriteAllLinesAsync(
            _folder.Combine("qrels.txt"), Enumerable.Range(0, Judged).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i} 0 {i} 1")), Token);
        JsonElement trained = await Tool.RunJsonAsync(
            new Dictionary<string, string>(),
            ["train", "--documents", _folder.Combine("rows.fbin"), "--queries", _folder.Combine("queries.fbin"), "--qrels", _folder.Combine("qrels.txt"),
                "--run", _folder.Combine("run"), "--subspaces", "6", "--bits", "4", "--epochs", "6", "--dense-epochs", "4"]);

        await using Server server = new("--data", _folder.Combine("data"), "--flat-below", "0");
        await server.StartAsync(new Dictionary<string, string> { ["BIGRAIN_Keeper__UnloadSpareAfter"] = "00:00:01" });
        await RunAsync(server, "collection", "create", "texts", "--dim", $"{Dimension}", "--metric", "cosine");
        await RunAsync(server, "import", "texts", _folder.Combine("rows.fbin"));
        await RunAsync(server, "compact", "texts");
        JsonElement before = await EvalAsync(server);

        using BigrainClient client = new(new BigrainClientOptions { Endpoints = [server.Address] });
        using CancellationTokenSource stop = new();
        ConcurrentQueue<(int Query, long Generation, string Answer)> seen = new();
        Task load = Task.Run(() => AskAsync(client, queries, seen, stop.Token), Token);
        await RunAsync(server, "reindex", "texts", "--model", _folder.Combine("run/model.bigrain"), "--watch");
        JsonElement after = await EvalAsync(server);
        await RunAsync(server, "reindex", "rollback", "texts", "--watch");
        JsonElement rolled = await EvalAsync(server);
        await stop.CancelAsync();
        await load;
        TestContext.Current.TestOutputHelper?.WriteLine($"trained {trained}\nbefore {before}\nafter {after}\n{seen.Count} queries meanwhile");

        // The trainer's own figures are of its test queries alone.
        Assert.Equal(Judged, before.GetProperty("judged").GetInt32());
        Assert.True(after.GetProperty("mrr").GetDouble() > before.GetProperty("mrr").GetDouble() + 0.08, $"{before} {after}");
        Assert.True(after.GetProperty("recallAtK").GetDouble() > before.GetProperty("recallAtK").GetDouble() + 0.08, $"{before} {after}");
        Assert.InRange(after.GetProperty("mrr").GetDouble(), trained.GetProperty("after").GetProperty("reciprocalRank").GetDouble() - 0.08, 1);
        Assert.Equal(before.GetProperty("mrr").GetDouble(), rolled.GetProperty("mrr").GetDouble());

        // Each answer is wholly that of one generation: all answers of a query in a generation are the same.
        Assert.All(seen.GroupBy(one => (one.Query, one.Generation)), same => Assert.Single(same.Select(one => one.Answer).Distinct()));
        Assert.Equal([1L, 2L], seen.Select(one => one.Generation).Distinct().Order());
        JsonElement verified = await Tool.RunJsonAsync(new Dictionary<string, string>(), "verify", "texts", "--data", _folder.Combine("data"));
        Assert.Equal(0, verified.GetProperty("damage").GetArrayLength());
    }

    /// <summary>Each is a document as a metric sees it that documents know nothing of, and a little noise.</summary>
    private static float[] Queries(float[] rows)
    {
        float[] metric = ModelMaker.Gaussians(Dimension * Dimension, 32);
        for (int i = 0; i < metric.Length; i++)
        {
            metric[i] = (metric[i] / 4) + (i % (Dimension + 1) == 0 ? 0.9f : 0);
        }

        float[] noise = ModelMaker.Gaussians(Judged * Dimension, 33);
        float[] turned = [.. Enumerable.Range(0, Judged).SelectMany(i => ModelMaker.Turn(metric, rows[(i * Dimension)..((i + 1) * Dimension)], transposed: false))];
        return [.. turned.Select((value, i) => value + (0.3f * noise[i]))];
    }

    private static async Task RunAsync(Server server, params string[] arguments)
    {
        ToolResult result = await Tool.RunAsync(server.Environment, arguments);
        Assert.True(result.ExitCode == 0, $"bigrain {string.Join(' ', arguments)}: {result.Error}");
    }

    private static async Task AskAsync(
        BigrainClient client, float[] queries, ConcurrentQueue<(int Query, long Generation, string Answer)> seen, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i = (i + 1) % Asked)
        {
            QueryReply reply = await client.QueryAsync(
                "texts", new QueryRequest { Vector = queries[(i * Dimension)..((i + 1) * Dimension)], K = 5 }, Token);
            Assert.True(reply.Complete, reply.Reason);
            seen.Enqueue((i, reply.Generation, string.Join(' ', reply.Hits.Select(hit => FormattableString.Invariant($"{hit.Id}:{hit.Score:0.0000}")))));
        }
    }

    private Task<JsonElement> EvalAsync(Server server) => Tool.RunJsonAsync(
        server.Environment, "eval", "texts", "--queries", _folder.Combine("queries.fbin"), "--qrels", _folder.Combine("qrels.txt"), "-k", "10", "--batch", "100");
}
