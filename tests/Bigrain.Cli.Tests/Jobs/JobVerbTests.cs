using System.Text.Json.Nodes;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Tests.Tooling;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Jobs;

public sealed class JobVerbTests
{
    private static JobInfo Running(long done) => new()
    {
        Id = "1",
        Kind = "warm",
        Collection = "docs",
        State = JobStates.Running,
        Stage = "warming",
        Done = done,
        Total = 4,
        Progress = done / 4.0,
        Unit = "copies",
        RatePerSecond = 0.5,
        RemainingSeconds = 6,
        Attempt = 1,
        Silo = "silo-0",
    };

    private static JobInfo Succeeded => new()
    {
        Id = "1",
        Kind = "warm",
        Collection = "docs",
        State = JobStates.Succeeded,
        Done = 4,
        Total = 4,
        Unit = "copies",
        Progress = 1,
        Result = RawJson.Parse("""{"copies":4}"""),
    };

    [Fact]
    public async Task Watching_prints_each_new_step_and_the_result()
    {
        FakeServer server = Server(Running(1), Running(1), Running(3), Succeeded);
        ToolRun run = await ToolRun.OfAsync(server, "jobs", "watch", "1");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("""warm docs succeeded: {"copies":4}""", run.Out.Trim());
        Assert.Equal(
            ["1: running, warming, 1 of 4 copies, 0.5/s, 6 s left", "1: running, warming, 3 of 4 copies, 0.5/s, 6 s left", "1: succeeded, 4 of 4 copies"],
            run.Error.Trim().Split(Environment.NewLine));
    }

    [Theory]
    [InlineData(JobStates.Failed, ProblemTypes.Conflict, 1)]
    [InlineData(JobStates.Failed, ProblemTypes.NotFound, 1)]
    [InlineData(JobStates.Failed, ProblemTypes.DataCorrupt, 5)]
    [InlineData(JobStates.Cancelled, null, 1)]
    public async Task A_job_that_did_not_succeed_fails_the_command(string state, string? type, int exitCode)
    {
        var ended = new JobInfo
        {
            Id = "1",
            Kind = "warm",
            Collection = "docs",
            State = state,
            Error = type is null ? null : new ApiProblem { Type = type, Detail = "that is why" },
        };
        ToolRun run = await ToolRun.OfAsync(Server(ended), "warm", "docs", "--watch");
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(type is null ? "on request" : "that is why", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData(new[] { "warm", "docs" }, """{"dense":"none"}""")]
    [InlineData(new[] { "warm", "docs", "--dense", "all" }, """{"dense":"all"}""")]
    [InlineData(new[] { "warm", "docs", "--dense", "2K" }, """{"dense":{"maxBytes":2048}}""")]
    public async Task Without_watching_the_job_is_named(string[] arguments, string body)
    {
        FakeServer server = Server(Running(0));
        ToolRun run = await ToolRun.OfAsync(server, arguments);
        Assert.Equal((0, "started 1; see: bigrain jobs watch 1"), (run.ExitCode, run.Out.Trim()));
        Assert.Equal(body, server.LastBody);
    }

    [Fact]
    public async Task Lists_and_states_come_as_tables_and_as_json()
    {
        FakeServer server = Server(Running(2));
        ToolRun list = await ToolRun.OfAsync(server, "jobs", "list");
        ToolRun json = await ToolRun.OfAsync(server, "jobs", "list", "--output", "json");
        ToolRun show = await ToolRun.OfAsync(server, "jobs", "show", "1");
        ToolRun cancel = await ToolRun.OfAsync(server, "jobs", "cancel", "1", "--output", "json");
        Assert.All([list, json, show, cancel], run => Assert.Equal(0, run.ExitCode));
        Assert.Contains("2 of 4 copies", list.Out, StringComparison.Ordinal);
        Assert.Equal("warming", JsonNode.Parse(json.Out)!["jobs"]![0]!["stage"]!.GetValue<string>());
        Assert.Contains("silo-0 (attempt 1)", show.Out, StringComparison.Ordinal);
        Assert.Equal("1", JsonNode.Parse(cancel.Out)!["id"]!.GetValue<string>());
        Assert.Contains("DELETE /v1/jobs/1", server.Paths);
    }

    [Fact]
    public async Task A_file_of_ids_is_sent_line_by_line()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Combine("ids.txt");
        await File.WriteAllTextAsync(path, "a\n\nb \"x\"\nü\n", TestContext.Current.CancellationToken);
        FakeServer server = Server(Succeeded);
        ToolRun run = await ToolRun.OfAsync(server, "delete", "docs", "--ids", path, "--watch");
        Assert.Equal(0, run.ExitCode);
        string?[] ids = [.. server.LastBody.Trim().Split('\n').Select(line => JsonNode.Parse(line)!.GetValue<string>())];
        Assert.Equal(["a", "b \"x\"", "ü"], ids);
        Assert.Equal(3, (await ToolRun.OfAsync(server, "delete", "docs", "--ids", folder.Combine("none"))).ExitCode);
    }

    [Fact]
    public async Task Documents_are_deleted_at_once_by_their_ids_and_one_only_in_its_version()
    {
        var server = new FakeServer();
        ToolRun two = await ToolRun.OfAsync(server, "delete", "docs", "a", "b");
        Assert.Equal((0, "deleted 2"), (two.ExitCode, two.Out.Trim()));
        Assert.Equal(["a", "b"], JsonNode.Parse(server.LastBody)!["ids"]!.AsArray().Select(id => id!.GetValue<string>()));
        ToolRun one = await ToolRun.OfAsync(server, "delete", "docs", "a", "--if-version", "5-0", "--output", "json");
        Assert.Equal((0, 1), (one.ExitCode, JsonNode.Parse(one.Out)!["accepted"]!.GetValue<int>()));
        Assert.Equal(("a", "5-0"), (Member("id"), Member("ifVersion")));
        ToolRun other = await ToolRun.OfAsync(server, "delete", "docs", "a", "--if-version", "4-0");
        Assert.NotEqual(0, other.ExitCode);
        Assert.Contains("[documents[0].ifVersion]: the document has version 5-0", other.Error, StringComparison.Ordinal);

        string Member(string name) => JsonNode.Parse(server.LastBody)!["documents"]![0]![name]!.GetValue<string>();
    }

    [Theory]
    [InlineData("ids")]
    [InlineData("ids", "a", "--ids", "file")]
    [InlineData("ifVersion", "a", "b", "--if-version", "5-0")]
    [InlineData("ifVersion", "--ids", "file", "--if-version", "5-0")]
    public async Task A_deletion_that_does_not_say_what_is_refused(string field, params string[] arguments)
    {
        ToolRun run = await ToolRun.OfAsync(new FakeServer(), ["delete", "docs", .. arguments]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"error [{field}]", run.Error, StringComparison.Ordinal);
    }

    private static FakeServer Server(params JobInfo[] states)
    {
        var server = new FakeServer();
        foreach (JobInfo state in states)
        {
            server.JobStatesToCome.Enqueue(state);
        }

        return server;
    }
}
