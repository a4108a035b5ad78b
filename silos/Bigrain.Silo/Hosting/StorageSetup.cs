using Bigrain.Index.Blobs;
using Bigrain.Index.Segments;
using Bigrain.Storage.AzureBlobs;
using Bigrain.Storage.BlockCache;
using Bigrain.Storage.LocalCopies;
using Bigrain.Storage.LocalFolder;
using Bigrain.Storage.Registration;
using Bigrain.Storage.Retries;
using Microsoft.Extensions.DependencyInjection;

namespace Bigrain.Silo.Hosting;

/// <summary>Chooses where the blobs are: the data folder alone, or a storage account with the data folder as its cache.</summary>
internal static class StorageSetup
{
    // Shares of the silo's budget that the block cache takes when the configuration says nothing.
    private const int BlockMemoryShare = 8;
    private const int BlockTablesShare = 32;
    private const long MostBlockMemoryBytes = 1L << 30;
    private const long MostBlockDiskBytes = 16L << 30;
    private const int DiskBytesPerTableByte = 512; // blocks of 64 KiB, 128 bytes of tables each

    /// <summary>Registers the store, its local files and how segments are reached. Settings of the process win over the configuration.</summary>
    public static void Configure(IServiceCollection services, SiloSettings settings, long memoryBytes)
    {
        bool isFolder = string.IsNullOrEmpty(settings.Blob);
        if (isFolder)
        {
            services.AddOptions<FolderBlobOptions>().BindConfiguration("Storage:Folder");
            services.AddBigrainFolderStorage(options => options.Path = settings.Data);
        }
        else
        {
            ConfigureAccount(services, settings, memoryBytes);
        }

        services.AddSingleton(provider => new SegmentAccess(
            provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<ILocalFiles>(), RecordsAreLocal: isFolder));
    }

    private static void ConfigureAccount(IServiceCollection services, SiloSettings settings, long memoryBytes)
    {
        services.AddOptions<AzureBlobOptions>().BindConfiguration("Storage:Azure");
        services.AddOptions<LocalCopyOptions>().BindConfiguration("Storage:LocalCopies");
        services.AddOptions<RetryOptions>().BindConfiguration("Storage:Retry");
        services.AddOptions<BlockCacheOptions>()
            .Configure(options =>
            {
                options.MemoryBytes = Math.Min(MostBlockMemoryBytes, memoryBytes / BlockMemoryShare);
                options.DiskBytes = Math.Min(MostBlockDiskBytes, memoryBytes / BlockTablesShare * DiskBytesPerTableByte);
            })
            .BindConfiguration("Storage:BlockCache");
        services.AddBigrainAzureStorage(
            account =>
            {
                account.ConnectionString = settings.Blob!;
                account.Container = settings.Container;
            },
            copies => copies.Path = Path.Combine(settings.Data, "copies"),
            cache => cache.Path = Path.Combine(settings.Data, "blocks"));
    }
}
