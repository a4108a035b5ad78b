using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.AzureBlobs;
using Bigrain.TestKit.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteServer))]

namespace Bigrain.Storage.Tests.Conformance;

public sealed class AzureBlobStoreConformanceTests(AzuriteServer azurite) : BlobStoreConformance
{
    private AzureBlobStore? _store;

    protected override async ValueTask<IBlobStore> OpenAsync()
    {
        string? connection = await azurite.TryGetConnectionStringAsync(Token);
        if (connection is null)
        {
            Assert.Skip(azurite.MissingReason!);
        }

        var options = new AzureBlobOptions
        {
            ConnectionString = connection,
            Container = $"test-{new SystemRandomSource().NextUInt64():x16}",
            BlockBytes = 1 << 20,
        };
        return _store = new AzureBlobStore(options, TimeProvider.System, new SystemRandomSource(), NullLogger<AzureBlobStore>.Instance);
    }

    protected override ValueTask CloseAsync()
    {
        _store?.Dispose();
        return ValueTask.CompletedTask;
    }
}
