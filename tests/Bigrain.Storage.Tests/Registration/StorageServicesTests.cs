using Bigrain.Index.Blobs;
using Bigrain.Index.Memory;
using Bigrain.Index.Randomness;
using Bigrain.Storage.BlockCache;
using Bigrain.Storage.LocalCopies;
using Bigrain.Storage.LocalFolder;
using Bigrain.Storage.Registration;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Bigrain.Storage.Tests.Registration;

public sealed class StorageServicesTests(AzuriteServer azurite) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_folder_serves_store_and_local_files()
    {
        await using ServiceProvider provider = Services().AddBigrainFolderStorage(options => options.Path = _folder.Path).BuildServiceProvider();

        await provider.GetRequiredService<IBlobStore>().CreateAsync("a/b", new byte[] { 1 }, Token);

        using LocalFile? file = await provider.GetRequiredService<ILocalFiles>().OpenAsync("a/b", Token);
        Assert.Equal(_folder.Combine("blobs/a/b"), file!.Path);
    }

    [Fact]
    public async Task An_account_serves_through_all_its_decorators()
    {
        string? connection = await azurite.TryGetConnectionStringAsync(Token);
        if (connection is null)
        {
            Assert.Skip(azurite.MissingReason!);
        }

        await using ServiceProvider provider = Services()
            .AddBigrainAzureStorage(
                account => (account.ConnectionString, account.Container) = (connection, $"test-{new SystemRandomSource().NextUInt64():x16}"),
                copies => copies.Path = _folder.Combine("copies"),
                cache => (cache.Path, cache.MemoryBytes) = (_folder.Combine("blocks"), 1 << 20))
            .BuildServiceProvider();
        const string Name = "data/i/gen/1/part/0/seg/s/ids";
        IBlobStore store = provider.GetRequiredService<IBlobStore>();
        await store.CreateAsync(Name, new byte[100_000], Token);

        Assert.IsType<CachingBlobStore>(store);
        Assert.Equal(100, await store.ReadRangeAsync(Name, 5, new byte[100], Token));
        Assert.Equal(100, await store.ReadRangeAsync(Name, 5, new byte[100], Token));
        using LocalFile? file = await provider.GetRequiredService<ILocalFiles>().OpenAsync(Name, Token);
        Assert.Equal(100_000, new FileInfo(file!.Path).Length);
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        using ServiceProvider provider = Services()
            .AddBigrainFolderStorage(options => (options.Path, options.OpenFileCount, options.LockTimeout) = ("", 0, TimeSpan.Zero))
            .AddBigrainAzureStorage(
                account => (account.ConnectionString, account.Container, account.BlockBytes) = ("", "UPPER", 1),
                copies => copies.BudgetBytes = 0,
                cache => cache.BlockBytes = 1,
                retries => retries.RetryCount = -1)
            .BuildServiceProvider();

        AssertRefused<FolderBlobOptions>(provider, "Path", "OpenFileCount", "LockTimeout");
        AssertRefused<Bigrain.Storage.AzureBlobs.AzureBlobOptions>(provider, "ConnectionString", "Container", "BlockBytes");
        AssertRefused<LocalCopyOptions>(provider, "BudgetBytes");
        AssertRefused<BlockCacheOptions>(provider, "BlockBytes");
        AssertRefused<Bigrain.Storage.Retries.RetryOptions>(provider, "RetryCount");
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertRefused<T>(IServiceProvider provider, params string[] fields)
        where T : class
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<T>>().Value);
        Assert.All(fields, field => Assert.Contains(field, error.Message, StringComparison.Ordinal));
    }

    private static ServiceCollection Services()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IRandomSource, SystemRandomSource>();
        services.AddSingleton(new MemoryBudget(256 << 20));
        return services;
    }
}
