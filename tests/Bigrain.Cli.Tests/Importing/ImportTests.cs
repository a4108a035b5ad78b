using System.Net;
using System.Text.Json;
using Bigrain.Api.Problems;
using Bigrain.Cli.Tests.Files;
using Bigrain.Cli.Tests.Tooling;
using Bigrain.Cli.Tooling;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Importing;

public sealed class ImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_row_arrives_under_its_number_and_the_collection_is_compacted()
    {
        string path = Write("a.fbin", Samples.Bin(Samples.Matrix(25_000, 2), static x => x));
        using FakeServer server = new();
        ToolRun run = await ToolRun.OfAsync(server, "import", "docs", path, "--output", "json");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(25_000, server.Documents.Count);
        Assert.Equal([(2_400 * 7) % 100, ((2_400 * 7) + 3) % 100], server.Documents["2400"]);
        Assert.Contains("POST /v1/collections/docs/compact", server.Paths);
        using JsonDocument report = JsonDocument.Parse(run.Out);
        Assert.Equal(25_000, report.RootElement.GetProperty("documents").GetInt64());
        Assert.True(server.Writes >= 3, "a request holds at most 10,000 documents");
    }

    [Fact]
    public async Task A_second_run_sends_the_same_batch_ids_unless_forced()
    {
        string path = Write("a.fbin", Samples.Bin(Samples.Matrix(15_000, 2), static x => x));
        using FakeServer server = new();
        using FakeServer kept = server;
        string[] arguments = ["import", "docs", path, "--no-compact"];
        Assert.Equal(ExitCode.Ok, (await ToolRun.OfAsync(Keep(server), arguments)).ExitCode);
        Assert.Equal(0, server.RepeatedBatches);
        int writes = server.Writes;
        Assert.Equal(ExitCode.Ok, (await ToolRun.OfAsync(Keep(server), arguments)).ExitCode);
        Assert.Equal(writes, server.RepeatedBatches);
        Assert.Equal(ExitCode.Ok, (await ToolRun.OfAsync(Keep(server), [.. arguments, "--force"])).ExitCode);
        Assert.Equal(writes, server.RepeatedBatches);
    }

    [Fact]
    public async Task A_row_of_the_wrong_dimension_is_named_rows_before_it_stay_and_the_import_goes_on_from_there()
    {
        const int Bad = 700_001;
        string path = Write("a.fvecs", [
            .. Samples.Vecs(Samples.Matrix(Bad, 2), static x => x),
            .. Samples.Vecs(Samples.Matrix(1, 3), static x => x),
            .. Samples.Vecs(Samples.Matrix(10, 2), static x => x)]);
        using FakeServer server = new();
        ToolRun run = await ToolRun.OfAsync(Keep(server), "import", "docs", path);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("row 700001 has 3 elements; the collection's dimension is 2", run.Error, StringComparison.Ordinal);
        Assert.Contains("rows 0 to 700000 are written", run.Error, StringComparison.Ordinal);
        Assert.Contains("--skip 700001", run.Error, StringComparison.Ordinal);
        Assert.Equal(Bad, server.Documents.Count);

        run = await ToolRun.OfAsync(Keep(server), "import", "docs", path, "--skip", "700002");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(Bad + 10, server.Documents.Count);
        Assert.Contains("700011", server.Documents.Keys);
    }

    [Fact]
    public async Task A_row_that_the_server_refuses_is_named_and_rows_before_it_stay()
    {
        string path = Write("a.fbin", Samples.Bin(Samples.Matrix(100, 2), static x => x));
        using FakeServer server = new()
        {
            Refuse = static request => request.Documents!.Select(static (document, i) => (document.Id, i)).FirstOrDefault(static d => d.Id == "40") is (not null, var row)
                ? new ApiProblem { Type = ProblemTypes.InvalidArgument, Status = 400, Detail = "element 0 is not finite", Field = $"documents[{row}].vector" }
                : null,
        };
        ToolRun run = await ToolRun.OfAsync(Keep(server), "import", "docs", path);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("row 40: element 0 is not finite", run.Error, StringComparison.Ordinal);
        Assert.Contains("--skip 40", run.Error, StringComparison.Ordinal);
        Assert.Equal(40, server.Documents.Count);
    }

    [Fact]
    public async Task A_busy_or_missing_server_is_asked_again()
    {
        string path = Write("a.fbin", Samples.Bin(Samples.Matrix(100, 2), static x => x));
        using FakeServer server = new();
        server.Failures.Enqueue(HttpStatusCode.ServiceUnavailable);
        server.Failures.Enqueue(HttpStatusCode.TooManyRequests);
        ToolRun run = await ToolRun.OfAsync(Keep(server), "import", "docs", path);
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(100, server.Documents.Count);
    }

    [Theory]
    [InlineData("truncated.fvecs", ExitCode.DataCorrupt, "row 9 at byte offset")]
    [InlineData("fortran.npy", ExitCode.BadUsage, "Fortran order")]
    [InlineData("pickled.npy", ExitCode.BadUsage, "pickled")]
    [InlineData("early.fbin.gz", ExitCode.DataCorrupt, "gzip")]
    [InlineData("none.fbin", ExitCode.NotFound, "no such file")]
    [InlineData("three.fbin", ExitCode.BadUsage, "has 3 elements a row; the dimension of docs is 2")]
    public async Task A_bad_file_gives_a_typed_error(string name, int exitCode, string problem)
    {
        float[,] matrix = Samples.Matrix(10, 2);
        byte[]? bytes = name switch
        {
            "truncated.fvecs" => Samples.Vecs(matrix, static x => x)[..^2],
            "fortran.npy" => Samples.Npy(matrix, "<f4", static x => x, order: "True"),
            "pickled.npy" => Samples.Npy(matrix, "|O", static x => x),
            "early.fbin.gz" => Samples.Gzip(Samples.Bin(Samples.Matrix(5_000, 2), static x => x))[..^9],
            "three.fbin" => Samples.Bin(Samples.Matrix(4, 3), static x => x),
            _ => null,
        };
        string path = bytes is null ? Path.Combine(_folder.Path, name) : Write(name, bytes);
        using FakeServer server = new();
        ToolRun run = await ToolRun.OfAsync(Keep(server), "import", "docs", path, "--output", "json");
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Empty(run.Out);
        ApiProblem error = JsonSerializer.Deserialize<ApiProblem>(run.Error, JsonSerializerOptions.Web)!;
        Assert.Contains(problem, error.Detail, StringComparison.Ordinal);
        Assert.NotNull(error.Field);
    }

    [Fact]
    public async Task An_unknown_collection_is_not_found()
    {
        string path = Write("a.fbin", Samples.Bin(Samples.Matrix(1, 2), static x => x));
        using FakeServer server = new();
        ToolRun run = await ToolRun.OfAsync(Keep(server), "import", "other", path);
        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.Empty(server.Documents);
    }

    // A run disposes its clients, and these their handler; the server outlives them.
    private static Borrowed Keep(FakeServer server) => new Borrowed(server);

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private sealed class Borrowed(HttpMessageHandler inner) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _invoker = new(inner, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            _invoker.SendAsync(request, cancellationToken);
    }
}
