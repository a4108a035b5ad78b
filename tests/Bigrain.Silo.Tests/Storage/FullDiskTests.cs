using System.Diagnostics;
using System.Text.Json.Nodes;
using Bigrain.TestKit.Files;

namespace Bigrain.Silo.Tests.Storage;

public sealed class FullDiskTests
{
    private const int Dimension = 256;
    private const int RowsPerBatch = 100;

    [Fact]
    public async Task A_full_disk_refuses_writes_by_a_typed_error_loses_nothing_and_keeps_answering()
    {
        using var folder = new TemporaryFolder();
        string volume = folder.Combine("volume");
        Directory.CreateDirectory(volume);
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", "size=2m", "bigrain-test", volume) != 0)
        {
            Assert.Skip("mounting a small volume needs Linux and root");
        }

        try
        {
            await using var silo = new SiloFixture();
            await silo.InitializeAsync();
            await silo.RestartAsync(silo.Settings with { Data = volume });
            await silo.CreateAsync("full", Dimension);

            (int acknowledged, int status, JsonNode problem) = await FillAsync(silo);

            Assert.True(acknowledged > 0, "some batches fit");
            Assert.Equal(503, status);
            Assert.True(problem["retryable"]!.GetValue<bool>());
            Assert.DoesNotContain("   at ", problem.ToJsonString(), StringComparison.Ordinal);
            for (int row = 0; row < acknowledged; row += 37)
            {
                (int found, JsonNode one) = await silo.GetAsync($"/v1/collections/full/documents/d{row}?consistency=strong&timeoutMilliseconds=20000");
                Assert.True(found == 200, $"d{row}: {one.ToJsonString()}");
            }

            Assert.Equal(0, Run("mount", "-o", "remount,size=32m", volume));
            await silo.WriteRowsAsync("full", Dimension, acknowledged, RowsPerBatch);
            (int last, _) = await silo.GetAsync($"/v1/collections/full/documents/d{acknowledged + RowsPerBatch - 1}?consistency=strong&timeoutMilliseconds=20000");
            Assert.Equal(200, last);
        }
        finally
        {
            Run("umount", "--lazy", volume);
        }
    }

    private static async Task<(int Acknowledged, int Status, JsonNode Problem)> FillAsync(SiloFixture silo)
    {
        for (int first = 0; ; first += RowsPerBatch)
        {
            var documents = Enumerable.Range(first, RowsPerBatch).Select(row => new { id = $"d{row}", vector = Enumerable.Repeat((float)row, Dimension) });
            (int status, JsonNode reply) = await silo.PostAsync(
                "/v1/collections/full/documents",
                System.Text.Json.JsonSerializer.Serialize(new { documents, batchId = $"rows-{first}-{RowsPerBatch}" }));
            if (status != 200)
            {
                return (first, status, reply);
            }

            Assert.True(first < 10_000, "the volume never filled");
        }
    }

    private static int Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
