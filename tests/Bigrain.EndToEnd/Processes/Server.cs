using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Bigrain.EndToEnd.Processes;

/// <summary>A real <c>bigrain serve</c> on loopback, which can be killed and started again on the same folder and port.</summary>
internal sealed class Server : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    private readonly string[] _arguments;
    private readonly int _port = FreePort();
    private Process? _process;
    private Task<string>? _log;

    public Server(params string[] arguments) => _arguments = arguments;

    /// <summary>Variables that lead the tool to this server.</summary>
    public Dictionary<string, string> Environment => new() { ["BIGRAIN_ENDPOINT"] = $"http://127.0.0.1:{_port}" };

    public Uri Address => new(Environment["BIGRAIN_ENDPOINT"]);

    public long MemoryBudgetBytes { get; private set; }

    public static async Task<Server> StartAsync(params string[] arguments)
    {
        Server server = new(arguments);
        await server.StartAsync();
        return server;
    }

    public static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Starts the process.</summary>
    /// <param name="variables">Its environment, beside what this process has.</param>
    /// <param name="untilReady">Whether to wait until it serves; false for one that is meant to die, perhaps before that.</param>
    public async Task StartAsync(IReadOnlyDictionary<string, string>? variables = null, bool untilReady = true)
    {
        _process = Tool.Start(
            variables ?? new Dictionary<string, string>(),
            ["serve", .. _arguments, "--http-port", $"{_port}", "--silo-port", "0", "--gateway-port", "0", "--output", "json"]);
        _log = _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!untilReady)
        {
            return;
        }

        string? line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        if (line is null)
        {
            Assert.Fail($"the server did not start: {await _log}");
        }

        using JsonDocument report = JsonDocument.Parse(line);
        Assert.Equal($"http://127.0.0.1:{_port}", report.RootElement.GetProperty("address").GetString());
        MemoryBudgetBytes = report.RootElement.GetProperty("memoryBudgetBytes").GetInt64();
    }

    /// <summary>Ends the process as a crash would: SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits for the process to end by itself.</summary>
    /// <returns>Its exit code: 137 after SIGKILL.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan within)
    {
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(within);
        return _process.ExitCode;
    }

    /// <summary>Asks the process to stop: SIGTERM.</summary>
    /// <returns>Its exit code and its log.</returns>
    public async Task<(int ExitCode, string Log)> StopAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(StopTimeout);
        return (_process.ExitCode, await _log!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process?.Dispose();
    }
}
