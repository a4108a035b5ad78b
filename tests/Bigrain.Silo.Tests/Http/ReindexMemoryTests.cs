using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bigrain.Index.Memory;
using Bigrain.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Bigrain.Silo.Tests.Http;

/// <summary>A reindex that would not fit into the memory budget of a served silo.</summary>
public sealed partial class ReindexMemoryTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private const int Rows = 6_000;
    private const long Mebibyte = 1 << 20;

    [Fact]
    public async Task It_is_refused_with_both_numbers_before_anything_is_written()
    {
        await silo.RestartAsync(silo.Settings with { MemoryBytes = SiloSettings.MinMemoryBytes });
        await silo.CreateAsync("full", 2);
        await silo.WriteRowsAsync("full", 2, 0, Rows);
        (_, JsonNode compact) = await silo.SendAsync(HttpMethod.Post, "/v1/collections/full/compact");
        await silo.SuccessOfJobAsync(compact);

        // Other collections have most of the budget.
        MemoryBudget budget = silo.Host.Services.GetRequiredService<MemoryBudget>();
        using (MemoryLease others = budget.Take(52 * Mebibyte, "other collections"))
        {
            string[] before = Files();
            (int status, JsonNode problem) = await silo.PostAsync("/v1/collections/full/reindex", """{"partitions":4096}""");
            Assert.Equal(
                (409, "urn:bigrain:conflict", "memory"),
                (status, problem["type"]!.GetValue<string>(), problem["field"]!.GetValue<string>()));
            Match numbers = Numbers().Match(problem["detail"]!.GetValue<string>());
            Assert.True(numbers.Success, problem.ToJsonString());
            long[] mebibytes = [.. numbers.Groups.Values.Skip(1).Select(group => long.Parse(group.Value, CultureInfo.InvariantCulture))];
            Assert.Equal(((budget.UsedBytes + Mebibyte - 1) / Mebibyte, 64), (mebibytes[0], mebibytes[1]));
            Assert.True(mebibytes[0] + mebibytes[2] > mebibytes[1], problem.ToJsonString());
            Assert.Equal(before, Files());
            (_, JsonNode jobs) = await silo.GetAsync("/v1/jobs?collection=full");
            Assert.Single(jobs["jobs"]!.AsArray());
        }

        // Where it fits the same silo does it, and everything is there.
        (int accepted, JsonNode job) = await silo.PostAsync("/v1/collections/full/reindex", """{"partitions":6}""");
        Assert.True(accepted == 202, job.ToJsonString());
        await silo.SuccessOfJobAsync(job);
        (_, JsonNode info) = await silo.GetAsync("/v1/collections/full");
        Assert.Equal(
            (2, 6, Rows), (info["generation"]!.GetValue<int>(), info["partitions"]!.GetValue<int>(), info["documents"]!.GetValue<int>()));
    }

    [GeneratedRegex("holds ([0-9]+) MiB of its budget of ([0-9]+) MiB, and its share of the new generation needs about ([0-9]+) MiB")]
    private static partial Regex Numbers();

    /// <summary>Every stored file with its size and the time it was written.</summary>
    private string[] Files() =>
    [
        .. Directory.GetFiles(silo.Settings.Data, "*", SearchOption.AllDirectories)
            .Select(static file => FormattableString.Invariant($"{file} {new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file):O}"))
            .Order(StringComparer.Ordinal),
    ];
}
