using System.Text.Json;
using Bigrain.Cli.Tests.Files;
using Bigrain.Cli.Tests.Tooling;
using Bigrain.Cli.Tooling;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Commands;

public sealed class BenchTests
{
    [Fact]
    public async Task Bench_ann_prints_a_json_line_for_each_setting_and_for_flat()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("base.fbin");
        await File.WriteAllBytesAsync(path, Samples.Bin(Samples.Matrix(3_000, 16), static x => x), TestContext.Current.CancellationToken);

        ToolRun run = await ToolRun.OfAsync(
            null,
            "bench", "ann", "--base", path, "--queries", path, "--query-take", "50", "--metric", "l2",
            "--codec", "rabitq:2,pq:4x8,pq:8x4", "--nprobe", "0,2", "--shortlist", "0", "--batch", "1,50", "--repeats", "1", "--output", "json");

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        List<JsonElement> lines = [.. run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(2 + (3 * 2 * 2), lines.Count);
        Assert.Equal(["flat", "pq:4x8", "pq:8x4", "rabitq:2"], lines.Select(line => line.GetProperty("codec").GetString()!).Distinct().Order(StringComparer.Ordinal));
        Assert.All(lines, line => Assert.True(line.GetProperty("queriesPerCpuSecond").GetDouble() > 0));
        Assert.All(lines.Where(line => line.GetProperty("codec").GetString() == "flat"), line => Assert.Equal(1, line.GetProperty("recallAt10").GetDouble()));
        Assert.All(
            lines.Where(line => line is var l && l.GetProperty("codec").GetString() != "flat" && l.GetProperty("nprobe").GetInt32() == 0),
            line =>
            {
                Assert.InRange(line.GetProperty("recallAt10").GetDouble(), 0.9, 1);
                Assert.InRange(line.GetProperty("recordsVerifiedPerQuery").GetDouble(), 10, 1_000);
                Assert.InRange(line.GetProperty("bytesPerVector").GetDouble(), 1, 100);
            });
    }
}
