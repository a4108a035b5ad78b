using Bigrain.Index.Blobs;
using Bigrain.Storage.Metrics;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Storage.Tests.Metrics;

public sealed class MeteredBlobStoreTests : IDisposable
{
    private readonly StorageMeters _meters = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_and_outcomes_of_each_operation_are_recorded()
    {
        var store = new MeteredBlobStore(new MemoryBlobStore(), _meters.Instruments, TimeProvider.System);

        BlobTag? tag = await store.CreateAsync("a", new byte[100], Token);
        await store.CreateAsync("a", new byte[100], Token);
        await store.ReplaceAsync("a", tag!.Value, new byte[40], Token);
        await store.ReplaceAsync("a", tag.Value, new byte[40], Token);
        await store.ReadAsync("a", Token);
        await store.ReadRangeAsync("a", 30, new byte[100], Token);
        await store.ReadAsync("none", Token);
        await store.ListAsync("", null, Token).ToListAsync(Token);
        await store.DeleteAsync("a", null, Token);

        Assert.Equal(100, _meters.Sum("bigrain.blob.written", "operation=create"));
        Assert.Equal(40, _meters.Sum("bigrain.blob.written", "operation=replace"));
        Assert.Equal(40, _meters.Sum("bigrain.blob.read", "operation=read"));
        Assert.Equal(10, _meters.Sum("bigrain.blob.read", "operation=range"));
        Assert.Equal(1, _meters.Count("bigrain.blob.operation.duration", "operation=create outcome=ok"));
        Assert.Equal(1, _meters.Count("bigrain.blob.operation.duration", "operation=create outcome=none"));
        Assert.Equal(1, _meters.Count("bigrain.blob.operation.duration", "operation=read outcome=none"));
        Assert.Equal(1, _meters.Count("bigrain.blob.operation.duration", "operation=delete outcome=ok"));
    }

    [Fact]
    public async Task A_failure_is_recorded_by_its_kind_and_thrown_on()
    {
        var faulty = new FaultyBlobStore(new MemoryBlobStore(), new SeededRandom(1), new FaultRates { LostReply = 1 });
        var store = new MeteredBlobStore(faulty, _meters.Instruments, TimeProvider.System);

        await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("a", new byte[1], Token));

        Assert.Equal(1, _meters.Count("bigrain.blob.operation.duration", "operation=create outcome=outcome_unknown"));
        Assert.Equal(0, _meters.Sum("bigrain.blob.written"));
    }

    public void Dispose() => _meters.Dispose();
}
