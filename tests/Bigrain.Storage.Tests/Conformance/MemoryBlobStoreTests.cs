using Bigrain.Index.Blobs;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;

namespace Bigrain.Storage.Tests.Conformance;

public sealed class MemoryBlobStoreTests : BlobStoreConformance
{
    protected override ValueTask<IBlobStore> OpenAsync() => new(new MemoryBlobStore { ListPageCount = 3 });

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
}

public sealed class FaultyBlobStoreWithoutFaultsTests : BlobStoreConformance
{
    // The racing tests use threads, which the faulty store does not allow: each call takes the lock of one caller at a time.
    protected override ValueTask<IBlobStore> OpenAsync() =>
        new(new OneAtATime(new FaultyBlobStore(new MemoryBlobStore(), new SeededRandom(1), new FaultRates())));

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
}
