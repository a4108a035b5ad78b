using System.Diagnostics;
using System.Text.RegularExpressions;
using Bigrain.EndToEnd.Processes;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.EndToEnd;

public sealed partial class ReadmeTests
{
    [Theory]
    [InlineData("README.md", "recall@10")]
    [InlineData("docs/operations/training.md", "reindex docs succeeded")]
    public async Task The_walk_of_a_page_runs_as_it_is_written(string path, string expected)
    {
        string page = await File.ReadAllTextAsync(Path.Combine(SharedData.RepositoryRoot, path), TestContext.Current.CancellationToken);
        string[] blocks = [.. ShellBlock().Matches(page).Select(static match => match.Groups[1].Value)];
        Assert.NotEmpty(blocks);

        using TemporaryFolder folder = new();
        string script = folder.Combine("walk.sh");
        await File.WriteAllTextAsync(
            script,
            $"set -euo pipefail\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n{string.Join('\n', blocks)}",
            TestContext.Current.CancellationToken);
        ProcessStartInfo start = new("bash", [script]) { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        int port = Server.FreePort();
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{start.Environment["PATH"]}";
        start.Environment["BIGRAIN_HTTP_PORT"] = $"{port}";
        start.Environment["BIGRAIN_ENDPOINT"] = $"http://127.0.0.1:{port}";
        start.Environment["BIGRAIN_SILO_PORT"] = "0";
        start.Environment["BIGRAIN_GATEWAY_PORT"] = "0";
        using Process walk = Process.Start(start)!;
        Task<string> output = walk.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = walk.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await walk.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(walk.ExitCode == 0, $"{await output}\n{await error}");
        Assert.Contains(expected, await output, StringComparison.Ordinal);
        Assert.Contains("complete;", await output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex ShellBlock();
}
