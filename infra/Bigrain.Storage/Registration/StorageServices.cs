using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.AzureBlobs;
using Bigrain.Storage.LocalCopies;
using Bigrain.Storage.LocalFolder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bigrain.Storage.Registration;

/// <summary>Registers <see cref="IBlobStore"/> and <see cref="ILocalFiles"/>; <see cref="TimeProvider"/>, <see cref="IRandomSource"/> and logging must be there.</summary>
public static class StorageServices
{
    /// <summary>Keeps the blobs in a local folder.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; they are validated at start.</param>
    public static IServiceCollection AddBigrainFolderStorage(this IServiceCollection services, Action<FolderBlobOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions<FolderBlobOptions, FolderBlobOptionsValidator>(services, configure);
        services.AddSingleton(provider => new FolderBlobStore(
            provider.GetRequiredService<IOptions<FolderBlobOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IRandomSource>(),
            provider.GetRequiredService<ILogger<FolderBlobStore>>()));
        services.AddSingleton<IBlobStore>(provider => provider.GetRequiredService<FolderBlobStore>());
        services.AddSingleton<ILocalFiles>(provider => provider.GetRequiredService<FolderBlobStore>());
        return services;
    }

    /// <summary>Keeps the blobs in an Azure storage account, with copies and caches in a local folder.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configureAccount">Sets the options of the account; they are validated at start.</param>
    /// <param name="configureCopies">Sets the options of the local copies; they are validated at start.</param>
    public static IServiceCollection AddBigrainAzureStorage(
        this IServiceCollection services, Action<AzureBlobOptions> configureAccount, Action<LocalCopyOptions> configureCopies)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions<AzureBlobOptions, AzureBlobOptionsValidator>(services, configureAccount);
        AddOptions<LocalCopyOptions, LocalCopyOptionsValidator>(services, configureCopies);
        services.AddSingleton(provider => new AzureBlobStore(
            provider.GetRequiredService<IOptions<AzureBlobOptions>>().Value,
            provider.GetRequiredService<IRandomSource>(),
            provider.GetRequiredService<ILogger<AzureBlobStore>>()));
        services.AddSingleton<IBlobStore>(provider => provider.GetRequiredService<AzureBlobStore>());
        services.AddSingleton<ILocalFiles>(provider => new LocalCopyCache(
            provider.GetRequiredService<IBlobStore>(),
            provider.GetRequiredService<IOptions<LocalCopyOptions>>().Value,
            provider.GetRequiredService<IRandomSource>(),
            provider.GetRequiredService<ILogger<LocalCopyCache>>()));
        return services;
    }

    private static void AddOptions<TOptions, TValidator>(IServiceCollection services, Action<TOptions> configure)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TValidator>());
        services.AddOptions<TOptions>().Configure(configure).ValidateOnStart();
    }
}
