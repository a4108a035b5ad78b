using Bigrain.Index.Blobs;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Storage.Tests.Faults;

public sealed class FaultyBlobStoreTests
{
    private const ulong Seed = 42;

    private readonly MemoryBlobStore _memory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_seed_gives_the_same_faults()
    {
        string[] first = await RunAsync(Seed);
        string[] again = await RunAsync(Seed);
        string[] other = await RunAsync(Seed + 1);

        Assert.NotEmpty(first);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public async Task A_lost_request_did_not_happen_and_a_lost_reply_did()
    {
        var lost = new FaultyBlobStore(_memory, new SeededRandom(Seed), new FaultRates { LostRequest = 1 });
        var unanswered = new FaultyBlobStore(_memory, new SeededRandom(Seed), new FaultRates { LostReply = 1 });

        BlobFailure first = await FailureAsync(lost, "a");
        BlobFailure second = await FailureAsync(unanswered, "b");

        Assert.Equal([BlobFailure.OutcomeUnknown, BlobFailure.OutcomeUnknown], [first, second]);
        Assert.Equal(["b"], _memory.Names);
    }

    [Fact]
    public async Task A_late_write_keeps_its_condition_when_it_arrives()
    {
        var late = new FaultyBlobStore(_memory, new SeededRandom(Seed), new FaultRates { LateWrite = 1 });
        await FailureAsync(late, "taken");
        await FailureAsync(late, "free");
        Assert.Empty(_memory.Names);
        await _memory.CreateAsync("taken", new byte[] { 9 }, Token);

        await late.SettleAsync();

        Assert.Equal(["free", "taken"], _memory.Names);
        Assert.Equal([9], (await _memory.ReadAsync("taken", Token))!.Bytes.ToArray());
    }

    [Fact]
    public async Task A_crash_before_an_operation_leaves_it_undone_and_one_after_it_done()
    {
        foreach ((long point, string[] expected) in ((long, string[])[])[(3, ["a"]), (4, ["a", "b"])])
        {
            var memory = new MemoryBlobStore();
            var process = new FaultyBlobStore(memory, new SeededRandom(Seed), new FaultRates()) { CrashAtPoint = point };
            await process.CreateAsync("a", new byte[1], Token);

            await Assert.ThrowsAsync<SimulatedCrashException>(async () => await process.CreateAsync("b", new byte[1], Token));

            Assert.Equal(expected, memory.Names);
            Assert.True(process.IsCrashed);
            await Assert.ThrowsAsync<SimulatedCrashException>(async () => await process.ReadAsync("a", Token));
        }
    }

    [Fact]
    public async Task A_flipped_read_hurts_the_reader_only()
    {
        await _memory.CreateAsync("a", new byte[100], Token);
        var flipping = new FaultyBlobStore(_memory, new SeededRandom(Seed), new FaultRates { FlippedRead = 1 });

        BlobContent content = (await flipping.ReadAsync("a", Token))!;

        Assert.Equal(1, content.Bytes.ToArray().Sum(value => System.Numerics.BitOperations.PopCount(value)));
        Assert.False((await _memory.ReadAsync("a", Token))!.Bytes.Span.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public async Task A_rotten_blob_keeps_its_tag()
    {
        BlobTag? tag = await _memory.CreateAsync("a", new byte[10], Token);

        _memory.FlipBit("a", 3, 5);
        _memory.Truncate("a", 8);

        BlobContent content = (await _memory.ReadAsync("a", Token))!;
        Assert.Equal(tag, content.Tag);
        Assert.Equal([0, 0, 0, 32, 0, 0, 0, 0], content.Bytes.ToArray());
    }

    private static async Task<string[]> RunAsync(ulong seed)
    {
        var rates = new FaultRates { Transient = 0.1, LostReply = 0.1, LostRequest = 0.1, LateWrite = 0.1, FlippedRead = 0.1, Full = 0.05 };
        var store = new FaultyBlobStore(new MemoryBlobStore(), new SeededRandom(seed), rates);
        for (int step = 0; step < 200; step++)
        {
            try
            {
                await store.CreateAsync($"n/{step % 50}", new byte[step], Token);
                await store.ReadAsync($"n/{step % 50}", Token);
            }
            catch (BlobStoreException)
            {
                // what the history tells
            }
        }

        return [.. store.History];
    }

    private static async Task<BlobFailure> FailureAsync(FaultyBlobStore store, string name) =>
        (await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync(name, new byte[1], Token))).Failure;
}
