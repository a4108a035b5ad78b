using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Bigrain.Api.Queries;
using Bigrain.Client;
using Bigrain.EndToEnd.Processes;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Models;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>A model on a served collection, by the tool alone: queries are documents turned by a rotation, the model turns them back.</summary>
public sealed class ModelTests : IDisposable
{
    private const int Dimension = 24;
    private const int Rows = 3_000;
    private const int Asked = 60;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_is_published_under_load_judged_before_and_after_and_rolled_back()
    {
        float[] rows = ModelMaker.Gaussians(Rows * Dimension, 31);
        float[] turn = ModelMaker.Rotation(Dimension, 32);
        float[] queries = [.. Enumerable.Range(0, Asked).SelectMany(i => ModelMaker.Turn(turn, rows[(i * Dimension)..((i + 1) * Dimension)], transposed: true))];
        Vectors.Write(_folder.Combine("rows.fbin"), rows, Dimension);
        Vectors.Write(_folder.Combine("queries.fbin"), queries, Dimension);
        await File.WriteAllLinesAsync(
            _folder.Combine("qrels.txt"), Enumerable.Range(0, Asked).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i} 0 {i} 1")), Token);
        TrainedModel model = TrainedModel.Create(ModelMaker.Codes(rows, Dimension, Metric.Cosine, subspaces: 8, bits: 4, seed: 33) with
        {
            SparseQueryHead = ModelMaker.HeadOf(turn, Dimension),
            DenseQueryHead = ModelMaker.HeadOf(turn, Dimension),
        });
        await File.WriteAllBytesAsync(_folder.Combine("model.bigrain"), model.ToBlob().ToArray(), Token);

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
        await RunAsync(server, "reindex", "texts", "--model", _folder.Combine("model.bigrain"), "--watch");
        JsonElement after = await EvalAsync(server);
        await RunAsync(server, "reindex", "rollback", "texts", "--watch");
        JsonElement rolled = await EvalAsync(server);
        await stop.CancelAsync();
        await load;
        TestContext.Current.TestOutputHelper?.WriteLine($"before {before}\nafter {after}\n{seen.Count} queries meanwhile");

        Assert.Equal(Asked, before.GetProperty("judged").GetInt32());
        Assert.True(before.GetProperty("mrr").GetDouble() < 0.3, $"{before}");
        Assert.True(after.GetProperty("mrr").GetDouble() > 0.95 && after.GetProperty("recallAtK").GetDouble() > 0.95 && after.GetProperty("ndcgAtK").GetDouble() > 0.95, $"{after}");
        Assert.Equal(before.GetProperty("mrr").GetDouble(), rolled.GetProperty("mrr").GetDouble());

        // Each answer is wholly that of one generation: all answers of a query in a generation are the same.
        Assert.All(seen.GroupBy(one => (one.Query, one.Generation)), same => Assert.Single(same.Select(one => one.Answer).Distinct()));
        Assert.Equal([1L, 2L], seen.Select(one => one.Generation).Distinct().Order());
        Assert.True(seen.Where(one => one.Generation == 2).Count(one => one.Answer.StartsWith($"{one.Query}:", StringComparison.Ordinal)) > 0.95 * seen.Count(one => one.Generation == 2));
        JsonElement verified = await Tool.RunJsonAsync(new Dictionary<string, string>(), "verify", "texts", "--data", _folder.Combine("data"));
        Assert.Equal(0, verified.GetProperty("damage").GetArrayLength());
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
        server.Environment, "eval", "texts", "--queries", _folder.Combine("queries.fbin"), "--qrels", _folder.Combine("qrels.txt"), "-k", "10");
}
