using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.LocalFolder;
using Bigrain.TestKit.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.Storage.Tests.Conformance;

public sealed class FolderBlobStoreConformanceTests : BlobStoreConformance
{
    private readonly TemporaryFolder _folder = new();
    private FolderBlobStore? _store;

    protected override ValueTask<IBlobStore> OpenAsync() =>
        new(_store = new FolderBlobStore(
            new FolderBlobOptions { Path = _folder.Path, OpenFileCount = 2 },
            TimeProvider.System,
            new SystemRandomSource(),
            NullLogger<FolderBlobStore>.Instance));

    protected override ValueTask CloseAsync()
    {
        _store?.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
