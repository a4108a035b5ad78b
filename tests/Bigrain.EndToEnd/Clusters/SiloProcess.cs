using System.Diagnostics;
using System.Net;
using Bigrain.EndToEnd.Processes;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>One <c>bigrain serve</c> of a cluster: it can be killed, stopped, paused and started again under its name and ports.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    // Three silos share the processors that each of them believes to have for itself.
    private static readonly Dictionary<string, string> Share = new()
    {
        ["BIGRAIN_Admission__ConcurrentQueries"] = "6",
        ["BIGRAIN_Admission__QueueLimit"] = "6",
    };

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(150);

    private readonly string[] _arguments;
    private readonly Dictionary<string, string> _variables;
    private readonly HttpClient _http;
    private readonly int _niceness;
    private Process? _process;
    private string _dll = Tool.Dll;

    public SiloProcess(string name, string logFolder, int niceness, IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        Name = name;
        _niceness = niceness;
        _variables = new Dictionary<string, string>(Share.Concat(variables));
        Log = new SiloLog(Path.Combine(logFolder, $"{name}.log"));
        int http = LocalPorts.Take();
        Address = new Uri($"http://127.0.0.1:{http}");
        _arguments =
        [
            "serve", .. arguments, "--name", name, "--http-port", $"{http}",
            "--silo-port", $"{LocalPorts.Take()}", "--gateway-port", $"{LocalPorts.Take()}", "--output", "json",
        ];
        _http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(2) };
    }

    public string Name { get; }

    public Uri Address { get; }

    public SiloLog Log { get; }

    public bool IsPaused { get; private set; }

    /// <summary>Whether it is of another release than the one under test.</summary>
    public bool IsOtherRelease => _dll != Tool.Dll;

    public bool IsRunning => _process is { HasExited: false };

    public int Id => _process!.Id;

    /// <summary>Variables that lead the tool to this silo.</summary>
    public Dictionary<string, string> Environment => new() { ["BIGRAIN_ENDPOINT"] = Address.ToString() };

    /// <summary>Resident memory in bytes.</summary>
    public long MemoryBytes
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>From the next start on it is of another release.</summary>
    public void UseRelease(string dll) => _dll = dll;

    /// <summary>From the next start on it is of the release under test.</summary>
    public void Upgrade() => _dll = Tool.Dll;

    /// <summary>Starts the process and returns at once.</summary>
    public void Start()
    {
        _process?.Dispose();
        Log.Add($"-- started at {DateTime.UtcNow:HH:mm:ss.fff}");
        Process process = Tool.StartOf(_dll, _niceness, _variables, _arguments);
        _process = process;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillQuietly(process);
        _process.OutputDataReceived += (_, line) => Log.Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Log.Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Ends the process as a crash would: SIGKILL.</summary>
    public async Task KillAsync()
    {
        Log.Add($"-- SIGKILL at {DateTime.UtcNow:HH:mm:ss.fff}");
        _process!.Kill();
        await _process.WaitForExitAsync();
        IsPaused = false;
    }

    /// <summary>Asks the process to stop, as an orchestrator does: SIGTERM.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process!.WaitForExitAsync().WaitAsync(StopTimeout);
        return _process.ExitCode;
    }

    /// <summary>Waits for a process that ends by itself.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan within)
    {
        await _process!.WaitForExitAsync().WaitAsync(within);
        return _process.ExitCode;
    }

    public async Task PauseAsync()
    {
        await SignalAsync("STOP");
        IsPaused = true;
    }

    public async Task ResumeAsync()
    {
        await SignalAsync("CONT");
        IsPaused = false;
    }

    /// <summary>The status of a probe such as <c>/health/ready</c>; null when none comes.</summary>
    public async Task<HttpStatusCode?> ProbeAsync(string path)
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync(new Uri(path, UriKind.Relative));
            return response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>The body of a page such as <c>/metrics</c>; empty when none comes.</summary>
    public async Task<string> ReadAsync(string path)
    {
        try
        {
            return await _http.GetStringAsync(new Uri(path, UriKind.Relative));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return "";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await KillAsync();
        }

        _process?.Dispose();
        _http.Dispose();
    }

    private static void KillQuietly(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // Ended and disposed before.
        }
    }

    private async Task SignalAsync(string signal)
    {
        Log.Add($"-- SIG{signal} at {DateTime.UtcNow:HH:mm:ss.fff}");
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }
}
