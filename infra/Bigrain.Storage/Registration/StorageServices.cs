using System.Diagnostics.Metrics;
using Bigrain.Index.Blobs;
using Bigrain.Index.Memory;
using Bigrain.Index.Randomness;
using Bigrain.Storage.AzureBlobs;
using Bigrain.Storage.BlockCache;
using Bigrain.Storage.LocalCopies;
using Bigrain.Storage.LocalFolder;
using Bigrain.Storage.Metrics;
using Bigrain.Storage.Retries;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bigrain.Storage.Registration;

/// <summary>Registers <see cref="IBlobStore"/> and <see cref="ILocalFiles"/> with their decorators.</summary>
/// <remarks>Needs <see cref="TimeProvider"/>, <see cref="IRandomSource"/>, <see cref="MemoryBudget"/>, <see cref="IMeterFactory"/> and logging.</remarks>
public static class StorageServices
{
    /// <summary>Keeps the blobs in a local folder: folder, metrics.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; they are validated at start.</param>
    public static IServiceCollection AddBigrainFolderStorage(this IServiceCollection services, Action<FolderBlobOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions<FolderBlobOptions, FolderBlobOptionsValidator>(services, configure);
        services.TryAddSingleton<StorageInstruments>();
        services.AddSingleton(provider => new FolderBlobStore(
            Options<FolderBlobOptions>(provider), Get<TimeProvider>(provider), Get<IRandomSource>(provider), Get<ILogger<FolderBlobStore>>(provider)));
        services.AddSingleton<IBlobStore>(provider => new MeteredBlobStore(
            Get<FolderBlobStore>(provider), Get<StorageInstruments>(provider), Get<TimeProvider>(provider)));
        services.AddSingleton<ILocalFiles>(Get<FolderBlobStore>);
        return services;
    }

    /// <summary>Keeps the blobs in an Azure storage account: account, metrics, retries, and over them the block cache and the local copies.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configureAccount">Sets the account; validated at start, as all the others.</param>
    /// <param name="configureCopies">Sets folder and budget of the local copies.</param>
    /// <param name="configureCache">Sets folder and budgets of the block cache.</param>
    /// <param name="configureRetries">Changes the retries; null leaves the defaults.</param>
    public static IServiceCollection AddBigrainAzureStorage(
        this IServiceCollection services,
        Action<AzureBlobOptions> configureAccount,
        Action<LocalCopyOptions> configureCopies,
        Action<BlockCacheOptions> configureCache,
        Action<RetryOptions>? configureRetries = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions<AzureBlobOptions, AzureBlobOptionsValidator>(services, configureAccount);
        AddOptions<LocalCopyOptions, LocalCopyOptionsValidator>(services, configureCopies);
        AddOptions<BlockCacheOptions, BlockCacheOptionsValidator>(services, configureCache);
        AddOptions<RetryOptions, RetryOptionsValidator>(services, configureRetries ?? (static _ => { }));
        services.TryAddSingleton<StorageInstruments>();
        services.AddSingleton(provider => new AzureBlobStore(
            Options<AzureBlobOptions>(provider), Get<TimeProvider>(provider), Get<IRandomSource>(provider), Get<ILogger<AzureBlobStore>>(provider)));
        services.AddSingleton(provider => new RetryingBlobStore(
            new MeteredBlobStore(Get<AzureBlobStore>(provider), Get<StorageInstruments>(provider), Get<TimeProvider>(provider)),
            Options<RetryOptions>(provider),
            Get<StorageInstruments>(provider),
            Get<TimeProvider>(provider),
            Get<IRandomSource>(provider)));
        services.AddSingleton(provider => new CachingBlobStore(
            Get<RetryingBlobStore>(provider),
            Options<BlockCacheOptions>(provider),
            Get<MemoryBudget>(provider),
            Get<StorageInstruments>(provider),
            Get<ILogger<CachingBlobStore>>(provider)));
        services.AddSingleton<IBlobStore>(Get<CachingBlobStore>);
        services.AddSingleton<IBlobCache>(Get<CachingBlobStore>);

        // Whole files on local disk are their own cache: they pass by the block cache.
        services.AddSingleton<ILocalFiles>(provider => new LocalCopyCache(
            Get<RetryingBlobStore>(provider), Options<LocalCopyOptions>(provider), Get<IRandomSource>(provider), Get<ILogger<LocalCopyCache>>(provider)));
        return services;
    }

    private static T Get<T>(IServiceProvider provider)
        where T : notnull => provider.GetRequiredService<T>();

    private static T Options<T>(IServiceProvider provider)
        where T : class => provider.GetRequiredService<IOptions<T>>().Value;

    private static void AddOptions<TOptions, TValidator>(IServiceCollection services, Action<TOptions> configure)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TValidator>());
        services.AddOptions<TOptions>().Configure(configure).ValidateOnStart();
    }
}
