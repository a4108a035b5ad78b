using System.Diagnostics;
using System.Text.Json;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.EndToEnd;

public sealed class RecoveryTests : IDisposable
{
    private const int Rows = 20_000;
    private const int Dimension = 48;
    private const int Seed = 20261122;

    private readonly TemporaryFolder _folder = new();
    private readonly float[] _values = Vectors.Make(Seed, Rows, Dimension);

    public RecoveryTests()
    {
        Vectors.Write(Base, _values, Dimension);
        Vectors.Write(Queries, Vectors.Make(Seed + 1, 200, Dimension), Dimension);
    }

    private string Base => _folder.Combine("base.fbin");

    private string Queries => _folder.Combine("queries.fbin");

    private string Truth => _folder.Combine("truth.ibin");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_kill_9_every_acknowledged_document_is_there_bit_by_bit_and_recall_is_what_it_was()
    {
        await using Server server = await StartAsync();
        await Tool.RunJsonAsync(server.Environment, "import", "docs", Base, "--no-compact");
        await server.KillAsync();

        await server.StartAsync();
        await Documents.AssertBitExactAsync(server, "docs", _values, Dimension, Rows);
        double fromLog = await RecallAsync(server);
        await Tool.RunJsonAsync(server.Environment, "compact", "docs");
        JsonElement compacted = await EvalAsync(server);
        await server.KillAsync();

        await server.StartAsync();
        JsonElement restarted = await EvalAsync(server);
        await Documents.AssertBitExactAsync(server, "docs", _values, Dimension, Rows);
        double before = compacted.GetProperty("recallAtK").GetDouble();
        Assert.True(before >= 0.97, $"recall@10 {before}");
        Assert.InRange(restarted.GetProperty("recallAtK").GetDouble(), before - 0.005, before + 0.005);
        Assert.InRange(fromLog, 0.97, 1);
        Assert.Equal(0, restarted.GetProperty("incomplete").GetInt32());
        Assert.True(restarted.GetProperty("codesScanned").GetDouble() > 0, "the coarse path was not taken");
        Assert.True(restarted.GetProperty("recordsVerified").GetDouble() <= 0.05 * Rows, "more than 5 % of the records were verified");
    }

    [Fact]
    public async Task An_import_rides_out_a_server_that_is_killed_and_comes_back()
    {
        await using Server server = await StartAsync();
        using Process import = Tool.Start(server.Environment, "import", "docs", Base, "--in-flight", "1", "--output", "json");
        Task<string> output = import.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Documents.WaitForSomeAsync(server, "docs");
        await server.KillAsync();
        await server.StartAsync();
        await import.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, import.ExitCode);
        Assert.Equal(Rows, JsonDocument.Parse(await output).RootElement.GetProperty("documents").GetInt64());
        await Documents.AssertBitExactAsync(server, "docs", _values, Dimension, Rows);
        JsonElement shown = await Tool.RunJsonAsync(server.Environment, "collection", "show", "docs");
        Assert.Equal(Rows, shown.GetProperty("documents").GetInt64());
    }

    [Fact]
    public async Task The_same_blobs_served_twice_give_the_same_ids_order_and_scores()
    {
        await using Server server = await StartAsync();
        await Tool.RunJsonAsync(server.Environment, "import", "docs", Base);
        List<string> first = await AnswersAsync(server);
        (int exitCode, string log) = await server.StopAsync();
        Assert.True(exitCode == 0, $"SIGTERM ended the server with {exitCode}: {log}");
        await server.StartAsync();
        Assert.Equal(first, await AnswersAsync(server));
    }

    [Fact]
    public async Task A_flipped_bit_in_a_blob_is_named_by_verify_with_exit_code_5()
    {
        await using Server server = await StartAsync();
        await Tool.RunJsonAsync(server.Environment, "import", "docs", Base);
        JsonElement whole = await Tool.RunJsonAsync(server.Environment, "verify", "docs", "--data", _folder.Combine("data"));
        Assert.True(whole.GetProperty("segments").GetInt32() > 0);
        await server.KillAsync();

        foreach (string kind in new[] { ".dense", ".coarse", "ids", "docs", "MANIFEST", "HEAD", "GENERATION", "EPOCH" })
        {
            string file = Directory.EnumerateFiles(_folder.Combine("data"), "*", SearchOption.AllDirectories)
                .Where(path => path.EndsWith(kind, StringComparison.Ordinal) || Path.GetFileName(path).StartsWith(kind, StringComparison.Ordinal))
                .OrderByDescending(static path => new FileInfo(path).Length)
                .First();
            Flip(file);
            ToolResult result = await Tool.RunAsync(server.Environment, "verify", "docs", "--data", _folder.Combine("data"), "--output", "json");
            Assert.True(result.ExitCode == 5, $"verify ended with {result.ExitCode} after a flip in {file}");
            Assert.Contains(kind, result.Out, StringComparison.Ordinal);
            Flip(file);
        }

        string entry = Directory.EnumerateFiles(_folder.Combine("data"), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .First(static path => path.Contains("/wal/", StringComparison.Ordinal));
        Flip(entry);
        Assert.Equal(5, (await Tool.RunAsync(server.Environment, "verify", "docs", "--data", _folder.Combine("data"))).ExitCode);
        Flip(entry);
        byte[] content = await File.ReadAllBytesAsync(entry, TestContext.Current.CancellationToken);
        File.Delete(entry);
        ToolResult missing = await Tool.RunAsync(server.Environment, "verify", "docs", "--data", _folder.Combine("data"), "--output", "json");
        Assert.True(missing.ExitCode == 5, $"verify ended with {missing.ExitCode} with {entry} missing");
        Assert.Contains("a log entry", missing.Out, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(entry, content, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await Tool.RunAsync(server.Environment, "verify", "docs", "--data", _folder.Combine("data"))).ExitCode);
    }

    private static void Flip(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private async Task<Server> StartAsync()
    {
        Server server = await Server.StartAsync("--data", _folder.Combine("data"), "--flat-below", "0");
        await Tool.RunJsonAsync(server.Environment, "collection", "create", "docs", "--dim", $"{Dimension}", "--metric", "l2");
        return server;
    }

    private async Task<double> RecallAsync(Server server) => (await EvalAsync(server)).GetProperty("recallAtK").GetDouble();

    private async Task<JsonElement> EvalAsync(Server server)
    {
        if (!File.Exists(Truth))
        {
            await Tool.RunJsonAsync(server.Environment, "truth", "--base", Base, "--queries", Queries, "--metric", "l2", "-k", "20", "--out", Truth);
        }

        return await Tool.RunJsonAsync(server.Environment, "eval", "docs", "--queries", Queries, "--truth", Truth, "-k", "10");
    }

    private async Task<List<string>> AnswersAsync(Server server)
    {
        List<string> answers = [];
        for (int row = 0; row < 5; row++)
        {
            JsonElement reply = await Tool.RunJsonAsync(server.Environment, "query", "docs", "--vector-file", Queries, "--row", $"{row}", "-k", "50");
            answers.AddRange(reply.GetProperty("hits").EnumerateArray().Select(static hit => hit.GetRawText()));
        }

        return answers;
    }
}
