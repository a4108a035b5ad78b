using Bigrain.Index.Blobs;
using Bigrain.Storage.Retries;
using Bigrain.Storage.Tests.Metrics;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Storage.Tests.Retries;

public sealed class RetryingBlobStoreTests : IDisposable
{
    private const ulong Seed = 7;

    private readonly StorageMeters _meters = new();
    private readonly MemoryBlobStore _memory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Transient_failures_are_hidden_from_every_operation()
    {
        (RetryingBlobStore store, FaultyBlobStore faulty) = Make(new FaultRates { Transient = 0.4, BrokenListing = 0.05 }, Lasting);

        for (int round = 0; round < 30; round++)
        {
            string name = $"blob/{round:D20}";
            using var content = new MemoryStream([9, 9, 1, 2, 3]) { Position = 2 };
            BlobTag tag = (await store.CreateAsync(name, content, Token))!.Value;
            Assert.Equal([1, 2, 3], (await store.ReadAsync(name, Token))!.Bytes.ToArray());
            Assert.Equal(2, await store.ReadRangeAsync(name, 1, new byte[9], Token));
            Assert.NotNull(await store.ReplaceAsync(name, tag, new byte[] { 4 }, Token));
        }

        Assert.Equal(_memory.Names, (await store.ListAsync("", null, Token).ToListAsync(Token)).Select(entry => entry.Name));
        Assert.True(faulty.History.Count > 20, "the faults struck");
        Assert.Equal(faulty.History.Count, _meters.Sum("bigrain.blob.retries"));
    }

    [Theory]
    [InlineData(BlobFailure.OutcomeUnknown)]
    [InlineData(BlobFailure.Full)]
    public async Task A_write_that_is_not_known_to_have_failed_is_never_repeated(BlobFailure failure)
    {
        (RetryingBlobStore store, FaultyBlobStore faulty) = Make(
            failure == BlobFailure.Full ? new FaultRates { Full = 1 } : new FaultRates { LostRequest = 1 }, Lasting);

        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("a", new byte[1], Token));

        Assert.Equal(failure, error.Failure);
        Assert.Single(faulty.History);
    }

    [Fact]
    public async Task An_operation_that_keeps_failing_ends_with_its_own_error()
    {
        (RetryingBlobStore store, FaultyBlobStore faulty) = Make(new FaultRates { Transient = 1 }, options => options.RetryCount = 3);

        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.ReadAsync("a", Token));

        Assert.Equal(BlobFailure.Transient, error.Failure);
        Assert.Equal(4, faulty.History.Count);
    }

    [Fact]
    public async Task A_store_that_is_down_gets_no_more_repetitions_than_the_budget_holds()
    {
        (RetryingBlobStore store, FaultyBlobStore faulty) = Make(new FaultRates { Transient = 1 }, options =>
        {
            options.BudgetCount = 10;
            options.BudgetRatio = 0;
        });

        for (int call = 0; call < 50; call++)
        {
            await Assert.ThrowsAsync<BlobStoreException>(async () => await store.ReadAsync("a", Token));
        }

        Assert.InRange(faulty.History.Count, 50, 60);
    }

    [Fact]
    public async Task Cancelling_ends_the_waiting()
    {
        (RetryingBlobStore store, _) = Make(new FaultRates { Transient = 1 }, options =>
        {
            options.FirstDelay = TimeSpan.FromSeconds(10);
            options.LongestDelay = TimeSpan.FromSeconds(60);
        });
        using var cancelled = new CancellationTokenSource();

        Task reading = store.ReadAsync("a", cancelled.Token).AsTask();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    public void Dispose() => _meters.Dispose();

    private static void Lasting(RetryOptions options)
    {
        options.RetryCount = 20;
        options.BudgetCount = 10_000;
    }

    private (RetryingBlobStore Store, FaultyBlobStore Faulty) Make(FaultRates rates, Action<RetryOptions> configure)
    {
        var options = new RetryOptions { FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(1) };
        configure(options);
        var faulty = new FaultyBlobStore(_memory, new SeededRandom(Seed), rates);
        return (new RetryingBlobStore(faulty, options, _meters.Instruments, TimeProvider.System, new SeededRandom(Seed)), faulty);
    }
}
