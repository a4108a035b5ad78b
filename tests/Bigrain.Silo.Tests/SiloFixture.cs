using Bigrain.Silo.Hosting;

namespace Bigrain.Silo.Tests;

/// <summary>One silo on free ports over a folder of its own, shared by a test class.</summary>
public class SiloFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bigrain-silo-tests-").FullName;
    private SiloHost? _host;

    public HttpClient Http { get; private set; } = new();

    public SiloHost Host => _host!;

    public virtual SiloSettings Settings => new()
    {
        Data = _folder,
        HttpPort = 0,
        SiloPort = 0,
        GatewayPort = 0,
        MemoryBytes = 256L * 1024 * 1024,
    };

    public async ValueTask InitializeAsync() => await StartAsync(Settings);

    public async Task RestartAsync(SiloSettings? settings = null)
    {
        await StopAsync();
        await StartAsync(settings ?? Settings);
    }

    public async Task StopAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
            _host = null;
        }
    }

    public async Task StartAsync(SiloSettings settings)
    {
        _host = await SiloHost.StartAsync(settings, CancellationToken.None);
        Http.Dispose();
        Http = new HttpClient { BaseAddress = _host.HttpAddress };
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
