using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Bigrain.TestKit.Files;

namespace Bigrain.TestKit.Blobs;

/// <summary>One Azurite (emulator of Azure Blob Storage) for all tests of an assembly, started at the first use.</summary>
/// <remarks>
/// <para>Use it as an assembly fixture: <c>[assembly: AssemblyFixture(typeof(AzuriteServer))]</c>; tests ask for a connection string and skip with
/// <see cref="MissingReason"/> when there is none. Give each test its own container.</para>
/// <para><c>BIGRAIN_TEST_AZURITE</c> may hold the connection string of one that already runs; it is then left running.</para>
/// <para>Azurite keeps its own tables in memory and saves them every 5 seconds: a killed Azurite loses acknowledged blobs. Tests of
/// durability kill our processes, never this one.</para>
/// </remarks>
public sealed class AzuriteServer : IAsyncDisposable
{
    private const string Account = "bigraintest";
    private static readonly string Key = Convert.ToBase64String(Encoding.ASCII.GetBytes("only for tests, on the loopback address".PadRight(64)));
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(5);

    private static readonly string ProgramPath = Path.Combine(SharedData.RepositoryRoot, "tests", "node_modules", "azurite", "dist", "src", "blob", "main.js");

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly TemporaryFolder _folder = new();
    private string? _connectionString;
    private Process? _process;
    private int _port;

    /// <summary>Whether it is one of ours, which can be suspended.</summary>
    public bool CanSuspend => _process is not null;

    /// <summary>Why there is none, once it was asked for in vain.</summary>
    public string? MissingReason { get; private set; }

    /// <summary>Gives the connection string, installing (npm) and starting Azurite where needed.</summary>
    /// <returns>Null when it cannot be had; <see cref="MissingReason"/> says why.</returns>
    public async Task<string?> TryGetConnectionStringAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_connectionString is null && MissingReason is null)
            {
                _connectionString = Environment.GetEnvironmentVariable("BIGRAIN_TEST_AZURITE") is { Length: > 0 } running
                    ? running
                    : await StartAsync(cancellationToken);
            }

            return _connectionString;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the process in order, as an outage of the store; everything acknowledged is saved.</summary>
    public async Task SuspendAsync(CancellationToken cancellationToken)
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(StartTimeout, cancellationToken);
    }

    /// <summary>Starts it again on the same port and folder; does nothing where it runs.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        if (_process is { HasExited: true } ended)
        {
            await LaunchAsync(ProgramPath, cancellationToken);
            ended.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _folder.Dispose();
        _gate.Dispose();
    }

    private async Task<string?> StartAsync(CancellationToken cancellationToken)
    {
        string tests = Path.Combine(SharedData.RepositoryRoot, "tests");
        try
        {
            if (!File.Exists(ProgramPath) && await InstallAsync(tests, cancellationToken) is { } problem)
            {
                MissingReason = problem;
                return null;
            }

            _port = FreePort();
            await LaunchAsync(ProgramPath, cancellationToken);
            return $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint=http://127.0.0.1:{_port}/{Account};";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            MissingReason = $"Azurite needs node and npm, version 20 or newer: {error.Message}";
            return null;
        }
    }

    private async Task LaunchAsync(string program, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("node",
        [
            program, "--blobHost", "127.0.0.1", "--blobPort", $"{_port}", "--location", _folder.Path,
            "--silent", "--disableTelemetry", "--skipApiVersionCheck",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AZURITE_ACCOUNTS"] = $"{Account}:{Key}";
        Process process = Process.Start(start)!;
        _process = process;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillQuietly(process);
        await WaitUntilReadyAsync(_port, errors, cancellationToken);
    }

    private static async Task<string?> InstallAsync(string tests, CancellationToken cancellationToken)
    {
        using Process npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--prefix", tests, "--no-audit", "--no-fund", "--loglevel=error"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = npm.StandardOutput.ReadToEndAsync(cancellationToken), errors = npm.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await npm.WaitForExitAsync(cancellationToken).WaitAsync(InstallTimeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            npm.Kill(entireProcessTree: true);
            return $"npm ci did not end within {InstallTimeout}";
        }

        await output;
        return npm.ExitCode == 0 ? null : $"npm ci failed: {(await errors).Trim()}";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilReadyAsync(int port, Task<string> errors, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_process!.HasExited)
            {
                throw new InvalidOperationException($"azurite ended with exit code {_process.ExitCode}: {await errors}");
            }

            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(start) < StartTimeout)
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    private static void KillQuietly(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // already stopped and disposed
        }
    }
}
