using System.Text.Json;
using Bigrain.EndToEnd.Processes;
using Xunit;

namespace Bigrain.EndToEnd;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_prints_one_json_object_with_every_promised_figure()
    {
        JsonElement report = await Tool.RunJsonAsync(new Dictionary<string, string>(), "demo", "--docs", "12000");
        Assert.Equal(12_000, report.GetProperty("documents").GetInt64());
        Assert.True(report.GetProperty("recallAt10").GetDouble() >= 0.95);
        Assert.Equal(0, report.GetProperty("wrongScores").GetInt32());
        Assert.True(report.GetProperty("recordsVerified").GetDouble() <= 0.05 * 12_000);
        foreach (string name in new[] { "p50Milliseconds", "p99Milliseconds", "qps", "coarseBytesPerVector", "codesScanned", "importDocumentsPerSecond" })
        {
            Assert.True(report.GetProperty(name).GetDouble() > 0, name);
        }
    }
}
