using Bigrain.Api.Jobs;
using Bigrain.Cli.Tests.Tooling;
using Xunit;

namespace Bigrain.Cli.Tests.Jobs;

/// <summary>Whoever waits for a job outlasts a server that restarts, whichever verb started it.</summary>
public sealed class PatienceTests
{
    private const int Outage = 12;

    [Theory]
    [InlineData("warm", "docs", "--watch")]
    [InlineData("reindex", "docs", "--watch")]
    [InlineData("reindex", "publish", "docs", "--watch")]
    [InlineData("backup", "create", "docs", "b", "--watch")]
    [InlineData("jobs", "watch", "1")]
    public async Task A_server_that_is_away_for_a_while_ends_no_watch(params string[] arguments)
    {
        int polls = 0;
        using var server = new FakeServer
        {
            OnRequest = request =>
            {
                // The first answer of 'jobs watch' comes of the same path.
                if (request == "GET /v1/jobs/1" && Interlocked.Increment(ref polls) is > 1 and <= Outage)
                {
                    throw new HttpRequestException("nobody listens");
                }
            },
        };
        server.JobStatesToCome.Enqueue(Job(JobStates.Running));
        server.JobStatesToCome.Enqueue(Job(JobStates.Running));
        server.JobStatesToCome.Enqueue(Job(JobStates.Succeeded));
        ToolRun run = await ToolRun.OfAsync(server, [], new HurriedTime(), TestContext.Current.CancellationToken, arguments);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.True(polls > Outage, $"{polls} polls");
    }

    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    public async Task A_watch_that_gives_up_says_how_to_go_on(string output)
    {
        using var server = new FakeServer
        {
            OnRequest = static request =>
            {
                if (request == "GET /v1/jobs/1")
                {
                    throw new HttpRequestException("nobody listens");
                }
            },
        };
        server.JobStatesToCome.Enqueue(Job(JobStates.Running));
        ToolRun run = await ToolRun.OfAsync(
            server, [], new HurriedTime(), TestContext.Current.CancellationToken, "warm", "docs", "--watch", "--output", output);
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("; the job goes on: bigrain jobs watch 1", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task A_watch_that_is_interrupted_says_how_to_go_on()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        int polls = 0;
        using var server = new FakeServer
        {
            OnRequest = request =>
            {
                if (request == "GET /v1/jobs/1" && Interlocked.Increment(ref polls) == 2)
                {
                    stop.Cancel();
                }
            },
        };
        server.JobStatesToCome.Enqueue(Job(JobStates.Running));
        ToolRun run = await ToolRun.OfAsync(server, [], TimeProvider.System, stop.Token, "reindex", "docs", "--watch");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("; the job goes on: bigrain jobs watch 1", run.Error, StringComparison.Ordinal);
    }

    private static JobInfo Job(string state) => new() { Id = "1", Kind = "reindex", Collection = "docs", State = state, Attempt = 1 };
}
