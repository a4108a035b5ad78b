using System.Text.Json;
using Bigrain.Api.Jobs;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>The process that runs a reindex job is killed at every step of it, and started again.</summary>
public sealed class ReindexCrashTests : IDisposable
{
    private const int Rows = 11_000;
    private const int Dimension = 16;
    private const int Seed = 20261123;

    private static readonly string[] Points =
    [
        "reindex.planned", "reindex.allocated", "reindex.pinned", "reindex.building", "reindex.catchingUp",
        "reindex.verifying", "reindex.publishing", "reindex.swapped", "reindex.published", "reindex.draining",
    ];

    private static readonly TimeSpan DeadWithin = TimeSpan.FromMinutes(1);

    private static readonly Dictionary<string, string> Quick = new()
    {
        ["BIGRAIN_Keeper__UnloadSpareAfter"] = "00:00:01",
        ["BIGRAIN_Keeper__SweepPeriod"] = "00:00:01",
        ["BIGRAIN_Gc__MinInterval"] = "00:00:00",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly float[] _values = Vectors.Make(Seed, Rows, Dimension);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_whose_process_is_killed_at_any_step_ends_well_after_the_next_start_and_leaves_nothing_behind()
    {
        string data = _folder.Combine("data");
        Vectors.Write(_folder.Combine("base.fbin"), _values, Dimension);
        await using Server server = new("--data", data, "--flat-below", "0");
        await server.StartAsync(Quick);
        await Tool.RunJsonAsync(server.Environment, "collection", "create", "docs", "--dim", $"{Dimension}", "--metric", "l2", "--codec", "rabitq:1");
        await Tool.RunJsonAsync(server.Environment, "import", "docs", _folder.Combine("base.fbin"));
        await server.KillAsync();
        foreach ((int job, string[] points) in (Window.IsLong ? Points.Chunk(1) : [Points]).Index())
        {
            await RunKilledAsync(server, data, generation: job + 1, points);
        }

        await server.StartAsync(Quick);
        for (int pass = 0; pass < 2; pass++)
        {
            await Tool.RunJsonAsync(server.Environment, "gc", "--delete", "--grace", "0s");
        }

        string[] left = [.. Directory.GetDirectories(Path.Combine(Directory.GetDirectories(Path.Combine(data, "blobs", "data"))[0], "gen")).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal(2, left.Length);
        await Documents.AssertBitExactAsync(server, "docs", _values, Dimension, Rows);
        await Tool.RunJsonAsync(server.Environment, "verify", "docs", "--data", data);
    }

    [Fact]
    public async Task A_single_partition_is_rebuilt_verified_published_and_rolled_back_from_the_command_line()
    {
        string data = _folder.Combine("data");
        Vectors.Write(_folder.Combine("base.fbin"), _values, Dimension);
        await using Server server = new("--data", data, "--flat-below", "0");
        await server.StartAsync(Quick);
        await Tool.RunJsonAsync(server.Environment, "collection", "create", "docs", "--dim", $"{Dimension}", "--metric", "l2", "--partitions", "3");
        await Tool.RunJsonAsync(server.Environment, "import", "docs", _folder.Combine("base.fbin"));
        JsonElement built = await Tool.RunJsonAsync(server.Environment, "reindex", "docs", "--partition", "1", "--no-publish", "--watch");
        Assert.Equal("succeeded", built.GetProperty("state").GetString());
        Assert.Equal((1, 2), await GenerationsAsync(server, "buildingGeneration"));
        await Tool.RunJsonAsync(server.Environment, "reindex", "verify", "docs", "--watch");
        Assert.Equal((1, 2), await GenerationsAsync(server, "buildingGeneration"));
        await Tool.RunJsonAsync(server.Environment, "reindex", "publish", "docs", "--watch");
        Assert.Equal((2, 1), await GenerationsAsync(server, "previousGeneration"));
        await Documents.AssertBitExactAsync(server, "docs", _values, Dimension, Rows);
        await Tool.RunJsonAsync(server.Environment, "reindex", "rollback", "docs", "--watch");
        Assert.Equal((1, 2), await GenerationsAsync(server, "previousGeneration"));
        await Documents.AssertBitExactAsync(server, "docs", _values, Dimension, Rows);

        ToolResult refused = await Tool.RunAsync(server.Environment, "reindex", "docs", "--partition", "3");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("there is no partition 3", refused.Error, StringComparison.Ordinal);
        ToolResult nothing = await Tool.RunAsync(server.Environment, "reindex", "publish", "docs");
        Assert.Equal(1, nothing.ExitCode);
        Assert.Contains("no generation that waits to be published", nothing.Error, StringComparison.Ordinal);
    }

    /// <summary>One reindex whose process is killed at every one of the points; documents are compared once it has ended.</summary>
    private async Task RunKilledAsync(Server server, string data, int generation, string[] points)
    {
        await server.StartAsync(DyingAt(points[0]));
        string job = await StartJobAsync(server, data, generation % 2 == 1 ? "pq:16x8" : "rabitq:2", 2 + (generation % 4));
        foreach (string next in points.Skip(1))
        {
            Assert.Equal(137, await server.WaitForExitAsync(DeadWithin));
            await server.StartAsync(DyingAt(next), untilReady: false);
        }

        Assert.Equal(137, await server.WaitForExitAsync(DeadWithin));
        await server.StartAsync(Quick);
        using BigrainClient client = new(new BigrainClientOptions { Endpoints = [server.Address], Timeout = TimeSpan.FromMinutes(1) });
        JobInfo ended = await client.Jobs.WaitAsync(await client.Jobs.GetAsync(job, Token), cancellationToken: Token).WaitAsync(DeadWithin, Token);
        Assert.Equal(JobStates.Succeeded, ended.State);
        int now = (int)(await client.GetCollectionAsync("docs", Token)).Generation;
        Assert.True(now > generation, $"killed at {string.Join(", ", points)}: generation {now} after {generation}");
        await Documents.AssertBitExactAsync(server, "docs", _values, Dimension, Rows);
        await server.KillAsync();
    }

    private static Dictionary<string, string> DyingAt(string point) => new(Quick) { ["BIGRAIN_FAIL_POINT"] = point };

    private static async Task<string> StartJobAsync(Server server, string data, string codec, int partitions)
    {
        ToolResult started = await Tool.RunAsync(
            server.Environment, "reindex", "docs", "--codec", codec, "--partitions", $"{partitions}", "--output", "json");
        if (started.ExitCode == 0)
        {
            return JsonDocument.Parse(started.Out).RootElement.GetProperty("id").GetString()!;
        }

        // The process may have died before its answer was out.
        await server.WaitForExitAsync(DeadWithin);
        return Path.GetFileName(Directory.GetFiles(Path.Combine(data, "blobs", "jobs"), "job-*").OrderBy(File.GetLastWriteTimeUtc).Last());
    }

    private static async Task<(int Current, int Other)> GenerationsAsync(Server server, string other)
    {
        JsonElement shown = await Tool.RunJsonAsync(server.Environment, "collection", "show", "docs");
        return (shown.GetProperty("generation").GetInt32(), shown.GetProperty(other).GetInt32());
    }
}
