using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.EndToEnd;

public sealed class BadInputTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Server _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await Server.StartAsync("--data", _folder.Combine("data"));
        await Tool.RunJsonAsync(_server.Environment, "collection", "create", "docs", "--dim", "3", "--metric", "cosine");
        Write("good.jsonl", """{"id":"a","vector":[1,2,3]}""");
        await Tool.RunJsonAsync(_server.Environment, "import", "docs", _folder.Combine("good.jsonl"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_bad_input_gets_a_typed_error_that_names_the_field_and_the_server_keeps_serving()
    {
        Write("zero.jsonl", """{"id":"z","vector":[0,0,0]}""");
        Write("long.jsonl", $$"""{"id":"{{new string('x', 513)}}","vector":[1,2,3]}""");
        Write("wide.jsonl", """{"id":"w","vector":[1,2,3,4]}""");
        Write("big.jsonl", $$"""{"id":"p","vector":[1,2,3],"pad":"{{new string('x', 70_000)}}"}""");
        Write("text.jsonl", """{"id":"t","title":"words","text":"and no vector"}""");

        await RefusedAsync(1, "vector", "import", "docs", _folder.Combine("zero.jsonl"));
        await RefusedAsync(1, "id", "import", "docs", _folder.Combine("long.jsonl"));
        await RefusedAsync(1, "vector", "import", "docs", _folder.Combine("wide.jsonl"));
        await RefusedAsync(1, "payload", "import", "docs", _folder.Combine("big.jsonl"));
        await RefusedAsync(1, "file", "import", "docs", _folder.Combine("text.jsonl"));
        await RefusedAsync(2, "vector", "query", "docs", "--vector", "1,2");
        await RefusedAsync(2, "vector", "query", "docs", "--vector", "0,0,0");
        await RefusedAsync(2, "vector", "query", "docs", "--vector", "1,2,nan");
        await RefusedAsync(2, "k", "query", "docs", "--vector", "1,2,3", "-k", "0");
        await RefusedAsync(2, "k", "query", "docs", "--vector", "1,2,3", "-k", "10001");
        await RefusedAsync(2, "nprobe", "query", "docs", "--vector", "1,2,3", "--nprobe", "-1");
        await RefusedAsync(3, null, "query", "other", "--vector", "1,2,3");
        await RefusedAsync(3, null, "collection", "show", "other");
        await RefusedAsync(3, "id", "get", "docs", "nobody");
        await RefusedAsync(2, "codec", "collection", "create", "new", "--dim", "3", "--metric", "l2", "--codec", "zip");
        await RefusedAsync(2, "metric", "collection", "create", "new", "--dim", "3", "--metric", "manhattan");
        await RefusedAsync(2, "dimension", "collection", "create", "new", "--dim", "0", "--metric", "l2");
        await RefusedAsync(2, "dimension", "collection", "create", "new", "--dim", "16385", "--metric", "l2");
        await RefusedAsync(2, null, "collection", "create", "a..b", "--dim", "3", "--metric", "l2");
        await RefusedAsync(1, null, "collection", "create", "docs", "--dim", "4", "--metric", "l2");

        JsonElement shown = await Tool.RunJsonAsync(_server.Environment, "collection", "show", "docs");
        Assert.Equal(1, shown.GetProperty("documents").GetInt64());
        JsonElement reply = await Tool.RunJsonAsync(_server.Environment, "query", "docs", "--vector", "1,2,3");
        Assert.Equal("a", Assert.Single(reply.GetProperty("hits").EnumerateArray()).GetProperty("id").GetString());
        JsonElement list = await Tool.RunJsonAsync(_server.Environment, "collection", "list");
        Assert.Equal("docs", Assert.Single(list.GetProperty("collections").EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Bad_files_are_refused_by_kind_and_a_bad_row_keeps_the_rows_before_it()
    {
        float[] values = [1, 2, 3, 4, float.NaN, 6];
        WriteBytes("nan.fbin", [.. BitConverter.GetBytes(2), .. BitConverter.GetBytes(3), .. values.SelectMany(BitConverter.GetBytes)]);
        WriteBytes("short.fvecs", [.. BitConverter.GetBytes(3), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]);
        WriteBytes("fortran.npy", Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3), }"));
        WriteBytes("pickle.npy", Npy("{'descr': '|O', 'fortran_order': False, 'shape': (1, 3), }"));
        using (MemoryStream zipped = new())
        {
            using (GZipStream gzip = new(zipped, CompressionLevel.Fastest, leaveOpen: true))
            {
                gzip.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $$"""{"id":"g{{i}}","vector":[1,2,{{i}}]}""" + "\n"))));
            }

            WriteBytes("cut.jsonl.gz", zipped.ToArray()[..^40]);
        }

        await RefusedAsync(1, "vector", "import", "docs", _folder.Combine("nan.fbin"));
        await RefusedAsync(5, null, "import", "docs", _folder.Combine("short.fvecs"));
        await RefusedAsync(2, null, "import", "docs", _folder.Combine("fortran.npy"));
        await RefusedAsync(2, null, "import", "docs", _folder.Combine("pickle.npy"));
        await RefusedAsync(5, null, "import", "docs", _folder.Combine("cut.jsonl.gz"));

        IEnumerable<string> rows = Enumerable.Range(0, 3_000).Select(i =>
            i == 2_500 ? """{"id":"bad","vector":[1,2]}""" : $$"""{"id":"r{{i}}","vector":[1,2,{{i}}]}""");
        Write("row.jsonl", string.Join('\n', rows));
        ToolResult result = await Tool.RunAsync(_server.Environment, "import", "docs", _folder.Combine("row.jsonl"), "--output", "json");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("2500", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Tool.RunAsync(_server.Environment, "get", "docs", "r2499")).ExitCode);
        await Tool.RunJsonAsync(_server.Environment, "import", "docs", _folder.Combine("row.jsonl"), "--skip", "2501");
        Assert.Equal(0, (await Tool.RunAsync(_server.Environment, "get", "docs", "r2999")).ExitCode);
        Assert.Equal(3, (await Tool.RunAsync(_server.Environment, "get", "docs", "bad")).ExitCode);
    }

    private static byte[] Npy(string header)
    {
        string padded = header.PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, .. BitConverter.GetBytes((ushort)padded.Length), .. Encoding.ASCII.GetBytes(padded), .. new byte[12]];
    }

    private async Task RefusedAsync(int exitCode, string? field, params string[] arguments)
    {
        ToolResult result = await Tool.RunAsync(_server.Environment, [.. arguments, "--output", "json"]);
        string line = $"bigrain {string.Join(' ', arguments)}: {result.ExitCode} {result.Out} {result.Error}";
        Assert.True(result.ExitCode == exitCode, line);
        JsonElement problem = JsonDocument.Parse(result.Error).RootElement;
        Assert.StartsWith("urn:bigrain:", problem.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        if (field is not null)
        {
            Assert.True(problem.TryGetProperty("field", out JsonElement named) && named.GetString()!.EndsWith(field, StringComparison.Ordinal), line);
        }
    }

    private void WriteBytes(string name, byte[] bytes) => File.WriteAllBytes(_folder.Combine(name), bytes);

    private void Write(string name, string text) => File.WriteAllText(_folder.Combine(name), text + "\n");
}
