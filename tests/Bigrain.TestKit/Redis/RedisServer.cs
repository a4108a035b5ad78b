using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Bigrain.TestKit.Files;

namespace Bigrain.TestKit.Redis;

/// <summary>A real redis-server on a free loopback port with a folder of its own, which can be killed, stopped, started again and emptied.</summary>
/// <remarks>It keeps an append-only file, flushed at each write: after <see cref="KillAsync"/> or <see cref="StopAsync"/> a start finds everything,
/// on the same port. <see cref="FlushAllAsync"/> is how it loses everything.</remarks>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    private RedisServer(int port) => Port = port;

    /// <summary>Why there is none on this machine; null when there is.</summary>
    public static string? MissingReason { get; } = FindProgram() is null
        ? "redis-server is not installed: apt-get update && apt-get install -y --no-install-recommends redis-server"
        : null;

    public int Port { get; }

    /// <summary>What <c>--redis</c> takes.</summary>
    public string Address => $"127.0.0.1:{Port}";

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Starts one; ask <see cref="MissingReason"/> first.</summary>
    public static async Task<RedisServer> LaunchAsync(CancellationToken cancellationToken)
    {
        RedisServer server = new(FreePort());
        await server.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>Starts it, or starts it again on the same port and files.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsRunning)
        {
            return;
        }

        var start = new ProcessStartInfo(
            FindProgram() ?? throw new InvalidOperationException(MissingReason),
            [
                "--bind", "127.0.0.1", "--port", $"{Port}", "--dir", _folder.Path, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", "--daemonize", "no",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process?.Dispose();
        _process = Process.Start(start)!;
        var log = new StringBuilder();
        _process.OutputDataReceived += (_, line) => log.AppendLine(line.Data);
        _process.ErrorDataReceived += (_, line) => log.AppendLine(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Process started = _process;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillQuietly(started);
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"redis-server ended with exit code {_process.ExitCode}: {log}");
            }

            try
            {
                if (await CommandAsync("PING", cancellationToken) == "+PONG")
                {
                    return;
                }
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(begin) < StartTimeout)
            {
                // the connection was cut while it started
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(begin) < StartTimeout)
            {
                // not listening yet
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Ends it as a crash would: SIGKILL.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process!.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Asks it to stop: SIGTERM.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Empties it, as a lost volume or a promoted empty replica would.</summary>
    public async Task FlushAllAsync(CancellationToken cancellationToken)
    {
        string reply = await CommandAsync("FLUSHALL", cancellationToken);
        if (reply != "+OK")
        {
            throw new InvalidOperationException($"FLUSHALL answered {reply}");
        }
    }

    /// <summary>Sends one inline command and gives the first line of its reply, with its type sign.</summary>
    public async Task<string> CommandAsync(string command, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadLineAsync(cancellationToken) ?? throw new IOException("redis-server closed the connection");
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
    }

    private static string? FindProgram() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"])
            .Where(static folder => folder.Length > 0)
            .Select(static folder => Path.Combine(folder, "redis-server"))
            .FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
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
