using System.Text.Json.Nodes;
using Bigrain.Api.Documents;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Files;
using Bigrain.Cli.Tests.Tooling;
using Bigrain.Index.Models;
using Bigrain.TestKit.Files;
using Bigrain.Training.Text;
using Xunit;

namespace Bigrain.Cli.Tests.Training;

public sealed class TrainTests : IDisposable
{
    private static readonly string[] Short = ["--epochs", "2", "--dense-epochs", "2", "--output", "json"];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_leaves_a_folder_whose_model_a_second_run_repeats_to_the_byte()
    {
        JsonNode one = await TrainAsync("one", "--set", "synthetic-small");
        JsonNode two = await TrainAsync("two", "--set", "synthetic-small");
        string[] files = ["checkpoint.bin", "config.json", "metrics.jsonl", "model.bigrain", "plots"];
        Assert.Equal(files, Directory.EnumerateFileSystemEntries(_folder.Combine("one")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        byte[] bytes = await File.ReadAllBytesAsync(_folder.Combine("one/model.bigrain"), Cancel);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_folder.Combine("two/model.bigrain"), Cancel));
        TrainedModel model = TrainedModel.Parse("model", bytes);
        Assert.Equal((string?)one["modelHash"], model.HashText);
        Assert.Equal((string?)one["modelHash"], (string?)two["modelHash"]);
        Assert.Equal(32, model.Content.Dimension);
        Assert.Equal("synthetic", (string?)JsonNode.Parse(model.Content.Provenance)!["data"]);
        Assert.Equal("test", (string?)one["measuredOn"]);
    }

    [Fact]
    public async Task A_finished_run_that_is_resumed_gives_the_same_model_and_takes_no_other_options()
    {
        JsonNode first = await TrainAsync("run", "--set", "synthetic-small");
        ToolRun again = await ToolRun.OfAsync(null, "train", "--resume", "--run", _folder.Combine("run"), "--output", "json");
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal((string?)first["modelHash"], (string?)JsonNode.Parse(again.Out)!["modelHash"]);
        await RefusedAsync("leave --epochs out", "--resume", "--run", _folder.Combine("run"), "--epochs", "5");
        await RefusedAsync("is not empty", "--set", "synthetic-small", "--run", _folder.Combine("run"));
        await RefusedAsync("holds no run", "--resume", "--run", _folder.Combine("nowhere"));
    }

    [Fact]
    public async Task Vectors_with_judgements_are_trained_on_whatever_their_ids_are()
    {
        // Documents and queries on a circle; the closest four are relevant.
        string documents = _folder.Combine("documents.jsonl");
        string queries = _folder.Combine("queries.jsonl");
        string qrels = _folder.Combine("qrels.txt");
        await File.WriteAllLinesAsync(documents, Enumerable.Range(0, 800).Select(static i => $$"""{"id":"d{{i}}","vector":[{{Circle(i / 800.0)}}]}"""), Cancel);
        await File.WriteAllLinesAsync(queries, Enumerable.Range(0, 200).Select(static i => $$"""{"id":"q{{i}}","vector":[{{Circle((i + 0.3) / 200)}}]}"""), Cancel);
        await File.WriteAllLinesAsync(qrels, Enumerable.Range(0, 200).SelectMany(static i => Enumerable.Range(0, 4).Select(j => $"q{i} 0 d{(i * 4) + j} 1")), Cancel);
        JsonNode report = await TrainAsync("run", "--documents", documents, "--queries", queries, "--qrels", qrels, "--subspaces", "2");
        Assert.Equal((800, 140, 40), ((int)report["documents"]!, (int)report["trainingQueries"]!, (int)report["measuredQueries"]!));
        Assert.Equal(1, (double)report["bytesPerDocument"]!);
        Assert.Null(report["encoder"]);

        string narrow = _folder.Combine("narrow.jsonl");
        await File.WriteAllLinesAsync(narrow, ["""{"id":"q1","vector":[1,2]}"""], Cancel);
        string other = _folder.Combine("other.txt");
        await File.WriteAllLinesAsync(other, ["q1 0 x9 1"], Cancel);
        string run = _folder.Combine("refused");
        await RefusedAsync("there are no queries to learn from", "--documents", documents, "--run", run);
        await RefusedAsync("give --qrels too", "--documents", documents, "--queries", queries, "--run", run);
        await RefusedAsync("queries have 2 dimensions, documents 4", "--documents", documents, "--queries", narrow, "--qrels", qrels, "--run", run);
        await RefusedAsync("the first is 'x9'", "--documents", documents, "--queries", queries, "--qrels", other, "--run", run);
        await RefusedAsync("has a relevant document", "--documents", documents, "--queries", queries, "--qrels", other, "--skip-missing", "--run", run);
        await RefusedAsync("ask for --bits 4", "--documents", documents, "--queries", queries, "--qrels", qrels, "--bits", "8", "--subspaces", "2", "--run", run);
        await RefusedAsync("do not fit dimension 4", "--documents", documents, "--queries", queries, "--qrels", qrels, "--run", run);
        await RefusedAsync("name one source", "--documents", documents, "--set", "synthetic", "--run", run);
        Assert.False(Directory.Exists(run), "a refused training leaves nothing behind");
    }

    [Fact]
    public async Task Texts_without_queries_give_their_own_and_the_encoder_is_kept()
    {
        string texts = _folder.Combine("texts.jsonl");
        Texts.Write(texts, 900);
        JsonNode report = await TrainAsync("run", "--text", texts, "--dimension", "32");
        string encoder = (string)report["encoder"]!;
        Assert.Equal(_folder.Combine("run/encoder.bigrain"), encoder);

        string vectors = _folder.Combine("vectors.jsonl");
        ToolRun encode = await ToolRun.OfAsync(null, "train", "encode", texts, "--encoder", encoder, "--out", vectors, "--output", "json");
        Assert.True(encode.ExitCode == 0, encode.Error);
        using IVectorFile rows = VectorFiles.Open(vectors);
        VectorRow first = rows.Read()!;
        float[] expected = new float[32];
        JsonNode document = JsonNode.Parse((await File.ReadAllLinesAsync(texts, Cancel))[0])!;
        FrozenEncoder.FromBytes(encoder, await File.ReadAllBytesAsync(encoder, Cancel)).Encode($"{document["title"]}\n{document["text"]}", expected);
        Assert.Equal("d0", first.Id);
        Assert.Equal(expected, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(first.Vector).ToArray());
        Assert.Contains("\"title\":\"About", first.Payload.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_live_collection_is_read_and_its_texts_give_the_queries()
    {
        string texts = _folder.Combine("texts.jsonl");
        string encoder = _folder.Combine("encoder.bigrain");
        string vectors = _folder.Combine("vectors.jsonl");
        Texts.Write(texts, 900);
        ToolRun encode = await ToolRun.OfAsync(null, "train", "encode", texts, "--save-encoder", encoder, "--dimension", "32", "--out", vectors);
        Assert.True(encode.ExitCode == 0, encode.Error);
        FakeServer server = Serve(vectors);
        ToolRun run = await ToolRun.OfAsync(server, ["train", "--collection", "docs", "--encoder", encoder, "--run", _folder.Combine("run"), .. Short]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(900, (int)JsonNode.Parse(run.Out)!["documents"]!);

        // Its vectors must be of that encoder: otherwise queries would be of another space.
        string other = _folder.Combine("other.bigrain");
        Texts.Write(texts, 900, seed: 2);
        await ToolRun.OfAsync(null, "train", "encode", texts, "--save-encoder", other, "--dimension", "32", "--out", _folder.Combine("unused.jsonl"));
        ToolRun refused = await ToolRun.OfAsync(Serve(vectors), "train", "--collection", "docs", "--encoder", other, "--run", _folder.Combine("refused"));
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("is not what the encoder makes of its title and text", refused.Error, StringComparison.Ordinal);
        ToolRun bare = await ToolRun.OfAsync(Serve(vectors), "train", "--collection", "docs", "--run", _folder.Combine("refused"));
        Assert.Contains("--encoder with the text encoder", bare.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collection_whose_metric_cannot_be_trained_is_refused()
    {
        ToolRun run = await ToolRun.OfAsync(new FakeServer(), "train", "--collection", "docs", "--run", _folder.Combine("run"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("training needs cosine or dot", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_experiment_writes_its_table()
    {
        ToolRun run = await ToolRun.OfAsync(
            null, "train", "experiment", "--set", "synthetic-small", "--scope", "core", "--seeds", "1,2", "--epochs", "1", "--out", _folder.Path);
        Assert.True(run.ExitCode == 0, run.Error);
        string table = await File.ReadAllTextAsync(_folder.Combine("experiments.md"), Cancel);
        foreach (string row in new[] { "A0", "S1", "S4", "D0", "D5" })
        {
            Assert.Contains(row, table, StringComparison.Ordinal);
        }

        Assert.Single(JsonNode.Parse(await File.ReadAllTextAsync(_folder.Combine("experiments.json"), Cancel))!.AsArray());
    }

    private static string Circle(double turn)
    {
        double angle = 2 * Math.PI * turn;
        return FormattableString.Invariant($"{Math.Cos(angle):F6},{Math.Sin(angle):F6},{Math.Cos(3 * angle):F6},{Math.Sin(3 * angle):F6}");
    }

    private static FakeServer Serve(string vectors)
    {
        var server = new FakeServer { Dimension = 32, Metric = "cosine" };
        using IVectorFile rows = VectorFiles.Open(vectors);
        var documents = new List<StoredDocument>();
        while (rows.Read() is { } row)
        {
            documents.Add(new StoredDocument { Id = row.Id!, VectorBase64 = row.Vector, Payload = row.Payload ?? default(RawJson) });
        }

        server.Pages[""] = new DocumentPage { Documents = documents[..500], NextAfter = "500" };
        server.Pages["500"] = new DocumentPage { Documents = documents[500..] };
        return server;
    }

    private async Task<JsonNode> TrainAsync(string run, params string[] inputs)
    {
        ToolRun result = await ToolRun.OfAsync(null, ["train", .. inputs, "--run", _folder.Combine(run), .. Short]);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonNode.Parse(result.Out)!;
    }

    private static async Task RefusedAsync(string remedy, params string[] arguments)
    {
        ToolRun run = await ToolRun.OfAsync(null, ["train", .. arguments]);
        Assert.True(run.ExitCode != 0, run.Out);
        Assert.Contains(remedy, run.Error, StringComparison.Ordinal);
    }
}
