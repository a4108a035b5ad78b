using System.Diagnostics;
using System.Formats.Tar;
using Xunit;

namespace Bigrain.EndToEnd.Releases;

/// <summary>The tool of the release before, built from this repository's history, once per machine.</summary>
internal static class OlderRelease
{
    private const string Recorded = "tests/Bigrain.EndToEnd/Releases/older-release.txt";

    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>Gives the path of its <c>bigrain.dll</c>; skips the test where the history does not reach back to it.</summary>
    public static async Task<string> RequireAsync(CancellationToken cancellationToken)
    {
        string? root = RepositoryRoot();
        if (root is null)
        {
            Assert.Skip("the tests do not run inside a repository: the release before cannot be built");
        }

        string[] recorded = (await File.ReadAllTextAsync(Path.Combine(root, Recorded), cancellationToken)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string? commit = await CommitOfAsync(root, recorded[0], cancellationToken) ?? await CommitOfAsync(root, recorded[1], cancellationToken);
        if (commit is null)
        {
            Assert.Skip($"the history does not hold {recorded[0]} ({recorded[1][..7]}): fetch it whole to test two releases in one cluster");
        }

        await Gate.WaitAsync(cancellationToken);
        try
        {
            string folder = Path.Combine(Path.GetTempPath(), $"bigrain-release-{commit[..12]}");
            if (!Directory.Exists(folder))
            {
                await BuildAsync(root, commit, folder, cancellationToken);
            }

            return Path.Combine(folder, "bigrain.dll");
        }
        finally
        {
            Gate.Release();
        }
    }

    private static string? RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cluster.sln")) && File.Exists(Path.Combine(folder.FullName, Recorded)))
            {
                return folder.FullName;
            }
        }

        return null;
    }

    private static async Task<string?> CommitOfAsync(string root, string name, CancellationToken cancellationToken)
    {
        (int exitCode, string output) = await RunAsync("git", ["-C", root, "rev-parse", "--verify", "--quiet", $"{name}^{{commit}}"], cancellationToken);
        return exitCode == 0 ? output.Trim() : null;
    }

    // Built beside and moved into place, so that a build that was broken off is never taken for a whole one.
    private static async Task BuildAsync(string root, string commit, string folder, CancellationToken cancellationToken)
    {
        string work = $"{folder}.{Environment.ProcessId}";
        string source = Path.Combine(work, "source");
        string built = Path.Combine(work, "built");
        Directory.CreateDirectory(source);
        try
        {
            string archive = Path.Combine(work, "source.tar");
            await RequireAsync("git", ["-C", root, "archive", "--format=tar", "-o", archive, commit], cancellationToken);
            await TarFile.ExtractToDirectoryAsync(archive, source, overwriteFiles: true, cancellationToken);
            await RequireAsync(
                "dotnet",
                [
                    "build", Path.Combine(source, "client", "Bigrain.Cli"), "-c", "Release", "--nologo", "-v", "quiet", "-o", built, "-nodeReuse:false",
                    "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false", "-p:GenerateDocumentationFile=false",
                ],
                cancellationToken);
            Directory.Move(built, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another run of the tests was faster.
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task RequireAsync(string tool, string[] arguments, CancellationToken cancellationToken)
    {
        (int exitCode, string output) = await RunAsync(tool, arguments, cancellationToken);
        Assert.True(exitCode == 0, $"{tool} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string tool, string[] arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(tool) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
