using Bigrain.Index.Blobs;
using Bigrain.Index.Memory;
using Bigrain.Storage.BlockCache;
using Bigrain.Storage.Metrics;
using Bigrain.Storage.Retries;
using Bigrain.Storage.Tests.Metrics;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.Storage.Tests.Conformance;

public sealed class DecoratedBlobStoreConformanceTests : BlobStoreConformance
{
    private readonly StorageMeters _meters = new();
    private CachingBlobStore? _cache;

    protected override ValueTask<IBlobStore> OpenAsync()
    {
        var metered = new MeteredBlobStore(new MemoryBlobStore(), _meters.Instruments, TimeProvider.System);
        var retrying = new RetryingBlobStore(metered, new RetryOptions(), _meters.Instruments, TimeProvider.System, new SeededRandom(1));
        _cache = new CachingBlobStore(
            retrying, new BlockCacheOptions(), new MemoryBudget(128 << 20), _meters.Instruments, NullLogger<CachingBlobStore>.Instance);
        return new ValueTask<IBlobStore>(_cache);
    }

    protected override ValueTask CloseAsync()
    {
        _cache?.Dispose();
        _meters.Dispose();
        return ValueTask.CompletedTask;
    }
}
