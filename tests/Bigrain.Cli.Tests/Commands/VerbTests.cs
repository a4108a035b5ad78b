using System.Text.Json.Nodes;
using Bigrain.Api.Documents;
using Bigrain.Api.Garbage;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Tests.Tooling;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Commands;

/// <summary>What single verbs send and say.</summary>
public sealed class VerbTests
{
    [Theory]
    [InlineData("verify")]
    [InlineData("publish")]
    public async Task What_was_built_with_other_thresholds_is_verified_and_published_with_them(string step)
    {
        using FakeServer server = Server("{}");
        ToolRun run = await ToolRun.OfAsync(
            server, "reindex", step, "docs", "--min-recall", "0.25", "--max-recall-loss", "1", "--sample", "50");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains($"POST /v1/collections/docs/reindex/{step}", server.Paths);
        JsonNode body = JsonNode.Parse(server.LastBody)!;
        Assert.Equal((0.25, 1.0, 50), (body["minRecall"]!.GetValue<double>(), body["maxRecallLoss"]!.GetValue<double>(), body["sample"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("publish")]
    [InlineData("rollback")]
    public async Task Thresholds_that_are_not_given_are_the_servers(string step)
    {
        using FakeServer server = Server("{}");
        Assert.Equal(0, (await ToolRun.OfAsync(server, "reindex", step, "docs")).ExitCode);
        Assert.Equal("{}", server.LastBody);
        Assert.Equal(step == "rollback" ? 2 : 0, (await ToolRun.OfAsync(server, "reindex", step, "docs", "--min-recall", "0")).ExitCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"previous":true}""", "--previous")]
    public async Task A_discard_is_of_the_previous_generation_only_when_told_so(string body, params string[] flags)
    {
        using FakeServer server = Server("""{"discarded":3,"previous":false}""");
        ToolRun run = await ToolRun.OfAsync(server, ["reindex", "discard", "docs", "--watch", .. flags]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("\"discarded\":3", run.Out, StringComparison.Ordinal);
        Assert.Equal(body, server.LastBody);
    }

    [Fact]
    public async Task The_list_of_jobs_tells_the_steps_of_a_reindex_apart()
    {
        using var server = new FakeServer();
        server.JobStatesToCome.Enqueue(new JobInfo { Id = "1", Kind = "reindex", Action = "discard", Collection = "docs" });
        Assert.Contains("discard", (await ToolRun.OfAsync(server, "jobs", "list")).Out, StringComparison.Ordinal);
        Assert.Contains("discard", (await ToolRun.OfAsync(server, "jobs", "show", "1")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_is_shown_as_json_with_the_end_of_its_life_where_it_has_one()
    {
        using FakeServer server = Server("{}");
        var end = new DateTimeOffset(2090, 1, 31, 12, 0, 0, TimeSpan.Zero);
        server.Stored = [new StoredDocument { Id = "a", Vector = [1], ExpiresAt = end }];
        ToolRun mortal = await ToolRun.OfAsync(server, "get", "docs", "a", "--output", "json");
        server.Stored = [new StoredDocument { Id = "b", Vector = [1] }];
        ToolRun immortal = await ToolRun.OfAsync(server, "get", "docs", "b", "--output", "json");
        Assert.Equal((0, end), (mortal.ExitCode, JsonNode.Parse(mortal.Out)!["expiresAt"]?.GetValue<DateTimeOffset>()));
        Assert.DoesNotContain("expiresAt", immortal.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_are_numbers_and_several()
    {
        using FakeServer server = Server("{}");
        Assert.Equal(0, (await ToolRun.OfAsync(server, "reindex", "docs", "--partition", "3", "5")).ExitCode);
        Assert.Equal("""{"partition":[3,5]}""", server.LastBody);
        ToolRun refused = await ToolRun.OfAsync(server, "reindex", "docs", "--partition", "3", "x");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--partition: 'x' is not a number", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("0")]
    [InlineData(null)]
    public async Task Warming_reads_no_dense_records_unless_told_to(string? dense)
    {
        using FakeServer server = Server("{}");
        ToolRun run = await ToolRun.OfAsync(server, ["warm", "docs", .. dense is null ? [] : new[] { "--dense", dense }]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("""{"dense":"none"}""", server.LastBody);
    }

    [Fact]
    public async Task The_help_of_warm_shows_a_default_that_it_takes() =>
        Assert.Contains("[default: none]", (await ToolRun.OfAsync(null, "warm", "--help")).Out, StringComparison.Ordinal);

    [Theory]
    [InlineData("b", "backup", "delete", "b")]
    [InlineData("a", "collection", "alias", "delete", "a")]
    [InlineData("docs", "collection", "delete", "docs")]
    public async Task A_deletion_is_json_where_json_is_asked_for(string name, params string[] arguments)
    {
        using var server = new FakeServer();
        ToolRun table = await ToolRun.OfAsync(server, arguments);
        ToolRun json = await ToolRun.OfAsync(server, [.. arguments, "--output", "json"]);
        Assert.Equal((0, $"deleted {name}"), (table.ExitCode, table.Out.Trim()));
        Assert.Equal((0, $$"""{"deleted":"{{name}}"}"""), (json.ExitCode, json.Out.Trim()));
    }

    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    public async Task A_document_that_is_not_there_prints_nothing_but_the_error(string output)
    {
        using var server = new FakeServer();
        ToolRun run = await ToolRun.OfAsync(server, "get", "docs", "d150", "--output", output);
        Assert.Equal((3, ""), (run.ExitCode, run.Out));
        Assert.Contains("d150", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(86_400.0, "older than the grace (24 h)")]
    [InlineData(1_800.0, "older than the grace (30 min)")]
    [InlineData(null, "older than the grace (24 h unless set)")]
    public async Task Garbage_says_when_it_can_be_deleted(double? grace, string expected)
    {
        var report = new GcReport { FoundCount = 3, GraceSeconds = grace };
        using FakeServer server = Server(System.Text.Json.JsonSerializer.Serialize(report, ApiJson.Default.GcReport));
        ToolRun run = await ToolRun.OfAsync(server, "gc");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(expected, run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify", "docs", "--blob", "bogus")]
    [InlineData("verify", "docs", "--blob", "AccountName=secret;AccountKey=notbase64!")]
    [InlineData("serve", "--blob", "bogus", "--http-port", "0", "--silo-port", "0", "--gateway-port", "0")]
    public async Task A_connection_string_that_is_none_is_bad_usage_of_blob(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        ToolRun run = await ToolRun.OfAsync(null, [.. arguments, "--data", folder.Path]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("error [blob]", run.Error, StringComparison.Ordinal);
        Assert.Contains("AccountKey=...", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", run.Error, StringComparison.Ordinal);
    }

    private static FakeServer Server(string result)
    {
        var server = new FakeServer();
        server.JobStatesToCome.Enqueue(new JobInfo
        {
            Id = "1",
            Kind = "reindex",
            Collection = "docs",
            State = JobStates.Succeeded,
            Result = RawJson.Parse(result),
        });
        return server;
    }
}
