using System.IO.Compression;
using System.Net;
using System.Runtime.InteropServices;
using Bigrain.Api.Documents;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Files;
using Bigrain.Cli.Tests.Tooling;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Exporting;

public sealed class ExportTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("out.jsonl", false)]
    [InlineData("out.jsonl.gz", false)]
    [InlineData("out.jsonl", true)]
    public async Task What_is_exported_is_what_import_reads(string name, bool base64)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Combine(name);
        FakeServer server = Server(base64);
        ToolRun run = await ToolRun.OfAsync(server, ["export", "docs", "--out", path, .. base64 ? ["--base64"] : Array.Empty<string>()]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal([path], Directory.GetFiles(folder.Path));

        using IVectorFile file = VectorFiles.Open(path);
        var rows = new List<VectorRow>();
        while (file.Read() is { } row)
        {
            rows.Add(row);
        }

        Assert.Equal(["d0", "d1", "d2"], rows.Select(row => row.Id));
        Assert.Equal([1f, 0.1f], MemoryMarshal.Cast<byte, float>(rows[1].Vector).ToArray());
        Assert.Equal("""{"n":1}""", rows[1].Payload.ToString());
        Assert.Null(rows[2].Payload);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddYears(80), rows[2].ExpiresAt);

        ToolRun import = await ToolRun.OfAsync(server, "import", "docs", path, "--no-compact");
        Assert.True(import.ExitCode == 0, import.Error);
        Assert.Equal([1f, 0.1f], server.Documents["d1"]);
    }

    [Fact]
    public async Task A_file_that_exists_is_kept_unless_told_otherwise()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Combine("out.jsonl");
        await File.WriteAllTextAsync(path, "mine", Cancel);
        ToolRun refused = await ToolRun.OfAsync(Server(base64: false), "export", "docs", "--out", path);
        Assert.Equal((2, "mine"), (refused.ExitCode, await File.ReadAllTextAsync(path, Cancel)));
        Assert.Equal(0, (await ToolRun.OfAsync(Server(base64: false), "export", "docs", "--out", path, "--force")).ExitCode);
        Assert.StartsWith("""{"id":"d0",""", await File.ReadAllTextAsync(path, Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_export_that_was_cut_off_goes_on_behind_its_last_whole_part(bool gzipped)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Combine(gzipped ? "out.jsonl.gz" : "out.jsonl");

        // As it is after a crash: one document committed, and half a line behind it.
        byte[] first = System.Text.Encoding.UTF8.GetBytes("""{"id":"d0","vector":[0,0.5],"payload":{"n":0}}""" + "\n");
        byte[] whole = gzipped ? Gzip(first) : first;
        await File.WriteAllBytesAsync(path + ".partial", [.. whole, .. "{\"id\":\"d1\",\"vec"u8], Cancel);
        await File.WriteAllTextAsync(
            path + ".state", $$"""{"collection":"docs","incarnation":"i","after":"p1","bytes":{{whole.Length}},"documents":1}""", Cancel);
        FakeServer server = Server(base64: false);
        server.Pages.Remove("");

        ToolRun run = await ToolRun.OfAsync(server, "export", "docs", "--out", path, "--resume");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("exported 3 documents", run.Out, StringComparison.Ordinal);
        using IVectorFile file = VectorFiles.Open(path);
        var ids = new List<string?>();
        while (file.Read() is { } row)
        {
            ids.Add(row.Id);
        }

        Assert.Equal(["d0", "d1", "d2"], ids);
    }

    [Fact]
    public async Task An_unfinished_export_of_a_dropped_collection_is_not_gone_on_with()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Combine("out.jsonl");
        await File.WriteAllTextAsync(path + ".partial", "", Cancel);
        await File.WriteAllTextAsync(path + ".state", """{"collection":"docs","incarnation":"old","after":"p1","bytes":0,"documents":0}""", Cancel);
        ToolRun run = await ToolRun.OfAsync(Server(base64: false), "export", "docs", "--out", path, "--resume");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("dropped", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("e.csv", ".jsonl or .jsonl.gz")]
    [InlineData("e.gz", ".jsonl or .jsonl.gz")]
    [InlineData("none/e.jsonl", "does not exist")]
    public async Task A_name_that_no_export_can_have_is_refused_before_anything_is_read(string name, string expected)
    {
        using var folder = new TemporaryFolder();
        FakeServer server = Server(base64: false);
        ToolRun run = await ToolRun.OfAsync(server, "export", "docs", "--out", folder.Combine(name));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("error [out]", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Empty(server.Paths);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_server_that_fails_for_a_moment_is_asked_again()
    {
        using var folder = new TemporaryFolder();
        FakeServer server = Server(base64: false);
        server.Failures.Enqueue(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, (await ToolRun.OfAsync(server, "export", "docs", "--out", folder.Combine("out.jsonl"))).ExitCode);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static FakeServer Server(bool base64)
    {
        var server = new FakeServer();
        server.Pages[""] = new DocumentPage { Documents = [Document("d0", [0f, 0.5f], "{\"n\":0}")], NextAfter = "p1" };
        server.Pages["p1"] = new DocumentPage { Documents = [Document("d1", [1f, 0.1f], "{\"n\":1}"), Document("d2", [2f, 2f], null)] };
        return server;

        StoredDocument Document(string id, float[] vector, string? payload) => new()
        {
            Id = id,
            Vector = base64 ? null : vector,
            VectorBase64 = base64 ? MemoryMarshal.AsBytes(vector.AsSpan()).ToArray() : null,
            Payload = payload is null ? null : RawJson.Parse(payload),
            ExpiresAt = payload is null ? DateTimeOffset.UnixEpoch.AddYears(80) : null,
        };
    }
}
