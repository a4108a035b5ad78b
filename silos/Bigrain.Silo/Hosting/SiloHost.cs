using System.Net;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Bigrain.Silo.Access;
using Bigrain.Silo.Http;
using Bigrain.Silo.Membership;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Hosting;

/// <summary>One running silo with its HTTP API; the entry of <c>bigrain serve</c>, <c>bigrain demo</c> and the tests.</summary>
public sealed partial class SiloHost : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(120);

    private readonly WebApplication _application;

    private SiloHost(WebApplication application, Uri httpAddress, long memoryBytes)
    {
        _application = application;
        HttpAddress = httpAddress;
        MemoryBytes = memoryBytes;
    }

    /// <summary>Where the HTTP API listens, with the port that was really bound.</summary>
    public Uri HttpAddress { get; }

    /// <summary>The memory budget in bytes.</summary>
    public long MemoryBytes { get; }

    /// <summary>Why the silo ended by itself; null when it did not, or was asked to.</summary>
    public string? ExitReason => _application.Services.GetRequiredService<MembershipState>().ExitReason;

    internal IServiceProvider Services => _application.Services;

    /// <summary>Starts a silo and returns when it serves.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <returns>The running silo; dispose it to stop it.</returns>
    /// <exception cref="OptionsValidationException">A setting is out of its range; the failures name all of them.</exception>
    /// <exception cref="BlobStoreException">The store cannot be read: wrong folder, rights or account.</exception>
    /// <exception cref="BigrainException">The file of API keys is wrong, Redis cannot be used, or a living silo has the name.</exception>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<SiloHost> StartAsync(SiloSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Validate(settings);
        long memoryBytes = MemoryShare.Resolve(settings);
        WebApplication application = Build(settings, memoryBytes, ApiKeyFile.Load(settings.ApiKeysFile));
        try
        {
            // A folder that cannot be used must end the start, not the first request.
            application.Services.GetRequiredService<ILocalFiles>();
            await RequireStoreAsync(application.Services.GetRequiredService<IBlobStore>(), cancellationToken);
            await JoinAsync(application, cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        string bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var host = new SiloHost(application, new Uri(bound), memoryBytes);
        LogStarted(application.Logger, settings.Name, bound, memoryBytes, settings.Blob is null ? settings.Data : settings.Container);
        return host;
    }

    /// <summary>Waits until the process is asked to stop (Ctrl-C, SIGTERM), then stops gracefully.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _application.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops: no new requests, running ones end, the silo leaves the cluster.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
    }

    private static void Validate(SiloSettings settings)
    {
        IValidateOptions<SiloSettings>[] validators = [new SiloSettingsValidator(), new SiloSettingsRules()];
        string[] failures = [.. validators.SelectMany(validator => validator.Validate(null, settings).Failures ?? [])];
        if (failures.Length > 0)
        {
            throw new OptionsValidationException(nameof(SiloSettings), typeof(SiloSettings), failures);
        }
    }

    /// <summary>A store that cannot be read is found here, not by the first query.</summary>
    private static async Task RequireStoreAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        await foreach (BlobEntry _ in store.ListAsync(DataPaths.Collections, null, cancellationToken))
        {
            return;
        }
    }

    /// <summary>Starts everything; in a cluster, only under a name that is free, and past the rows of crashed silos.</summary>
    private static async Task JoinAsync(WebApplication application, CancellationToken cancellationToken)
    {
        if (application.Services.GetService<JoinGuard>() is not { } guard)
        {
            await application.StartAsync(cancellationToken);
            return;
        }

        await guard.ClaimNameAsync(cancellationToken);
        using var joined = new CancellationTokenSource();
        Task sweep = guard.SweepAsync(joined.Token);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        finally
        {
            await joined.CancelAsync();
            await sweep;
        }
    }

    private static WebApplication Build(SiloSettings settings, long memoryBytes, ApiKeySet keys)
    {
        IPAddress listen = IPAddress.Parse(settings.Listen);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = "Bigrain.Silo",
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddEnvironmentVariables("BIGRAIN_");
        TelemetrySetup.ConfigureLogging(builder.Logging, settings.IsQuiet);
        TelemetrySetup.ConfigureMetrics(builder.Services);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(settings);
        builder.UseOrleans(silo => OrleansSetup.Configure(silo, settings, SiloEndpoints.Of(settings)));
        ServiceSetup.Configure(builder.Services, settings, memoryBytes);
        HttpSetup.ConfigureServices(builder.Services, keys);
        builder.WebHost.ConfigureKestrel(kestrel => HttpSetup.ConfigureKestrel(kestrel, listen, settings.HttpPort));

        WebApplication application = builder.Build();
        HttpSetup.Map(application);
        return application;
    }
}
