using System.Text.Json;
using Bigrain.Api.Problems;
using Bigrain.Cli.Tests.Tooling;
using Bigrain.Cli.Tooling;
using Xunit;

namespace Bigrain.Cli.Tests.Commands;

public sealed class UsageTests
{
    [Theory]
    [InlineData("nonsense", "nonsense")]
    [InlineData("collection create docs --metric l2", "--dim")]
    [InlineData("collection create docs --dim x --metric l2", "--dim: 'x' is not a number")]
    [InlineData("query docs", "--vector-file")]
    [InlineData("query docs --vector 1 --id 2", "exactly one")]
    [InlineData("truth --base a --queries b --metric euclid --out c", "'euclid' is not a metric")]
    [InlineData("truth --base a --queries b --metric l2 -k 0 --out c", "1 to 10000")]
    [InlineData("status --output xml", "neither table nor json")]
    [InlineData("status --endpoint ftp://x", "not an address")]
    [InlineData("serve --memory lots", "not a size")]
    [InlineData("serve --http-port 70000", "0 to 65535")]
    [InlineData("serve --listen 0.0.0.0 --http-port 0 --silo-port 0 --gateway-port 0", "--no-auth")]
    [InlineData("eval docs --queries q", "--truth")]
    public async Task Bad_usage_exits_with_2_and_says_what_is_wrong(string line, string expected)
    {
        ToolRun run = await ToolRun.OfAsync(null, line.Split(' '));
        Assert.Equal(ExitCode.BadUsage, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task An_error_is_json_where_json_is_asked_for()
    {
        ToolRun run = await ToolRun.OfAsync(null, "collection", "create", "docs", "--output", "json");
        Assert.Equal(ProblemTypes.InvalidArgument, JsonSerializer.Deserialize<ApiProblem>(run.Error, JsonSerializerOptions.Web)!.Type);
    }

    [Fact]
    public async Task No_server_exits_with_4_and_says_how_to_start_one()
    {
        ToolRun run = await ToolRun.OfAsync(null, "status", "--endpoint", "http://127.0.0.1:1");
        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.Contains("bigrain serve", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_stands_in_for_a_flag_and_the_flag_wins()
    {
        Dictionary<string, string> variables = new() { ["BIGRAIN_HTTP_PORT"] = "99999", ["BIGRAIN_OUTPUT"] = "json" };
        ToolRun run = await ToolRun.OfAsync(null, variables, "serve");
        Assert.Equal(ExitCode.BadUsage, run.ExitCode);
        Assert.Contains("BIGRAIN_HTTP_PORT", run.Error, StringComparison.Ordinal);
        Assert.StartsWith("{", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProblemTypes.InvalidArgument, 400, ExitCode.BadUsage)]
    [InlineData(ProblemTypes.NotFound, 404, ExitCode.NotFound)]
    [InlineData(ProblemTypes.DeadlineExceeded, 504, ExitCode.Unavailable)]
    [InlineData(ProblemTypes.DataCorrupt, 500, ExitCode.DataCorrupt)]
    [InlineData(ProblemTypes.Internal, 500, ExitCode.Failed)]
    public async Task What_the_server_refuses_becomes_an_exit_code_and_names_the_field(string type, int status, int exitCode)
    {
        using FakeServer server = new()
        {
            AnswerToQuery = new ApiProblem { Type = type, Status = status, Detail = "k is 0; 1 to 10000 are possible", Field = "k", TraceId = "t1" },
        };
        ToolRun run = await ToolRun.OfAsync(server, "query", "docs", "--vector", "1,2", "-k", "0");
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains("error [k]: k is 0; 1 to 10000 are possible", run.Error, StringComparison.Ordinal);
        Assert.Contains("t1", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("512", 512)]
    [InlineData("1K", 1024)]
    [InlineData("1.5GiB", 1610612736)]
    [InlineData("64mb", 67108864)]
    public void Sizes_have_suffixes(string text, long bytes) => Assert.Equal(bytes, Values.Size(text));
}
