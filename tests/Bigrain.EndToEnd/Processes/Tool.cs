using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Bigrain.EndToEnd.Processes;

/// <summary>Runs the real <c>bigrain</c> as a process.</summary>
internal static class Tool
{
    public static readonly string Dll = Path.Combine(AppContext.BaseDirectory, "bigrain.dll");

    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) => StartOf(Dll, environment, arguments);

    /// <summary>Starts the tool of any release.</summary>
    public static Process StartOf(string dll, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(dll);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
    }

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
}
