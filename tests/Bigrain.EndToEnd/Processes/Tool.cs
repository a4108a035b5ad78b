using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Bigrain.EndToEnd.Processes;

/// <summary>Runs the real <c>bigrain</c> as a process.</summary>
internal static class Tool
{
    private const int ToolNiceness = 10;

    public static readonly string Dll = Path.Combine(AppContext.BaseDirectory, "bigrain.dll");

    /// <summary>Starts the tool under test; it gives way to the silos of clusters, which have deadlines to keep.</summary>
    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        StartOf(Dll, ToolNiceness, environment, arguments);

    /// <summary>Starts the tool of any release.</summary>
    /// <param name="dll">Its <c>bigrain.dll</c>.</param>
    /// <param name="niceness">How far it gives way to others: 0 not at all, at most 19.</param>
    /// <param name="environment">Variables beside what this process has.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Process StartOf(string dll, int niceness, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Start(niceness == 0 ? ["dotnet", dll, .. arguments] : ["nice", "-n", $"{niceness}", "dotnet", dll, .. arguments], environment);

    /// <summary>Runs to the end.</summary>
    public static async Task<ToolResult> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using Process process = Start(environment, arguments);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(token);
            Task<string> error = process.StandardError.ReadToEndAsync(token);
            await process.WaitForExitAsync(token);
            ToolResult result = new(process.ExitCode, await output, await error);
            Assert.DoesNotContain("   at Bigrain.", result.Error, StringComparison.Ordinal);
            return result;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Runs to the end, expects success, and reads the one JSON value of standard output.</summary>
    public static async Task<JsonElement> RunJsonAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ToolResult result = await RunAsync(environment, [.. arguments, "--output", "json"]);
        Assert.True(result.ExitCode == 0, $"bigrain {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Error}");
        return JsonDocument.Parse(result.Out).RootElement.Clone();
    }

    private static Process Start(string[] command, IReadOnlyDictionary<string, string> environment)
    {
        ProcessStartInfo start = new(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
    }
}
