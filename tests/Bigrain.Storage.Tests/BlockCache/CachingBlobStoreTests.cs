using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Memory;
using Bigrain.Storage.BlockCache;
using Bigrain.Storage.Tests.Metrics;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Randomness;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.Storage.Tests.BlockCache;

public sealed class CachingBlobStoreTests : IDisposable
{
    private const string Segment = "data/i/gen/1/part/0/seg/s/default.dense";
    private const int BlockBytes = 4 << 10;
    private const ulong Seed = 5;

    private readonly TemporaryFolder _folder = new();
    private readonly StorageMeters _meters = new();
    private readonly MemoryBlobStore _memory = new();
    private readonly MemoryBudget _budget = new(64 << 20);
    private readonly CountingBlobStore _counting;

    public CachingBlobStoreTests()
    {
        _counting = new CountingBlobStore(_memory);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reads_through_the_cache_equal_reads_of_the_store(bool hasDisk)
    {
        byte[] content = await CreateAsync(Segment, (100 * BlockBytes) + 321);
        await CreateAsync(Segment + "2", 10);
        await using CachingBlobStore cache = Open(hasDisk, options => options.MemoryBytes = 1 << 20);
        var random = new SeededRandom(Seed);
        for (int step = 0; step < 3_000; step++)
        {
            int offset = random.Next(content.Length + BlockBytes);
            byte[] expected = new byte[random.Next(6 * BlockBytes)];
            byte[] found = new byte[expected.Length];

            int? count = await cache.ReadRangeAsync(Segment, offset, found, Token);

            Assert.Equal(await _memory.ReadRangeAsync(Segment, offset, expected, Token), count);
            Assert.True(expected.AsSpan().SequenceEqual(found), $"seed {Seed}, step {step}, offset {offset}, length {expected.Length}");
        }

        Assert.Equal(10, await cache.ReadRangeAsync(Segment + "2", 0, new byte[100], Token));
        Assert.Null(await cache.ReadRangeAsync(Segment + "3", 0, new byte[100], Token));
    }

    [Fact]
    public async Task A_block_is_fetched_once_and_neighbours_in_one_request()
    {
        await CreateAsync(Segment, 40 * BlockBytes);
        await using CachingBlobStore cache = Open(hasDisk: false);

        await cache.ReadRangeAsync(Segment, 100, new byte[3 * BlockBytes], Token);
        await cache.ReadRangeAsync(Segment, 0, new byte[4 * BlockBytes], Token);
        await cache.ReadRangeAsync(Segment, 3 * BlockBytes, new byte[20 * BlockBytes], Token);

        Assert.Equal(
            [(Segment, 0L, 4 * BlockBytes), (Segment, 4L * BlockBytes, 16 * BlockBytes), (Segment, 20L * BlockBytes, 3 * BlockBytes)],
            _counting.Reads.OrderBy(read => read.Offset));
        Assert.Equal(5, _meters.Sum("bigrain.cache.block.reads", "tier=memory"));
        Assert.Equal(23, _meters.Sum("bigrain.cache.block.reads", "tier=store"));
    }

    [Fact]
    public async Task Many_readers_of_a_missing_block_make_one_request()
    {
        await CreateAsync(Segment, 10 * BlockBytes);
        await using CachingBlobStore cache = Open(hasDisk: false);
        var open = new TaskCompletionSource();
        _counting.Open = open.Task;

        Task<int?>[] readers = [.. Enumerable.Range(0, 20).Select(reader => cache.ReadRangeAsync(Segment, reader, new byte[100], Token).AsTask())];
        open.SetResult();

        Assert.All(await Task.WhenAll(readers), count => Assert.Equal(100, count));
        Assert.Single(_counting.Reads);
    }

    [Fact]
    public async Task No_more_requests_than_allowed_are_on_their_way()
    {
        await CreateAsync(Segment, 200 * BlockBytes);
        await using CachingBlobStore cache = Open(hasDisk: false, options => options.RequestCount = 4);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(reader => Task.Run(
            async () => await cache.ReadRangeAsync(Segment, reader * 4L * BlockBytes, new byte[10], Token), Token)));

        Assert.Equal(50, _counting.Reads.Count);
        Assert.InRange(_counting.MostRunning, 1, 4);
    }

    [Fact]
    public async Task A_failed_request_reaches_all_who_wait_and_is_not_remembered()
    {
        await CreateAsync(Segment, BlockBytes);
        await using CachingBlobStore cache = Open(hasDisk: true);
        _counting.Failure = new BlobStoreException("read", Segment, BlobFailure.Transient);
        await Assert.ThrowsAsync<BlobStoreException>(async () => await cache.ReadRangeAsync(Segment, 0, new byte[10], Token));

        _counting.Failure = null;

        Assert.Equal(10, await cache.ReadRangeAsync(Segment, 0, new byte[10], Token));
    }

    [Fact]
    public async Task A_reader_that_gives_up_does_not_take_the_request_from_others()
    {
        await CreateAsync(Segment, BlockBytes);
        await using CachingBlobStore cache = Open(hasDisk: false);
        var open = new TaskCompletionSource();
        _counting.Open = open.Task;
        using var impatient = new CancellationTokenSource();
        Task<int?> first = cache.ReadRangeAsync(Segment, 0, new byte[10], impatient.Token).AsTask();
        Task<int?> second = cache.ReadRangeAsync(Segment, 0, new byte[10], Token).AsTask();

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        open.SetResult();

        Assert.Equal(10, await second);
        Assert.Single(_counting.Reads);
    }

    [Theory]
    [InlineData("collections/c/HEAD")]
    [InlineData("data/i/stream/0/EPOCH")]
    [InlineData("data/i/stream/0/wal/00000000000000000001")]
    [InlineData("data/i/gen/1/part/0/MANIFEST")]
    public async Task What_may_change_is_never_cached(string name)
    {
        await CreateAsync(name, 100);
        await using CachingBlobStore cache = Open(hasDisk: true);

        await cache.ReadRangeAsync(name, 0, new byte[10], Token);
        await cache.ReadRangeAsync(name, 0, new byte[10], Token);

        Assert.Equal(2, _counting.Reads.Count);
    }

    [Fact]
    public async Task A_long_read_passes_by()
    {
        await CreateAsync(Segment, 40 * BlockBytes);
        await using CachingBlobStore cache = Open(hasDisk: false, options => options.LongestReadBytes = 8 * BlockBytes);

        await cache.ReadRangeAsync(Segment, 0, new byte[9 * BlockBytes], Token);
        await cache.ReadRangeAsync(Segment, 0, new byte[9 * BlockBytes], Token);

        Assert.Equal(2, _counting.Reads.Count);
    }

    [Fact]
    public async Task Blocks_on_disk_are_found_after_a_restart()
    {
        byte[] content = await CreateAsync(Segment, (30 * BlockBytes) + 99);
        await using (CachingBlobStore before = Open(hasDisk: true))
        {
            await before.ReadRangeAsync(Segment, 0, new byte[content.Length], Token);
        }

        _counting.Reads.Clear();
        await using CachingBlobStore after = Open(hasDisk: true);
        byte[] found = new byte[content.Length];

        Assert.Equal(content.Length, await after.ReadRangeAsync(Segment, 0, found, Token));
        Assert.True(content.AsSpan().SequenceEqual(found));
        Assert.Empty(_counting.Reads);
        Assert.Equal(31, _meters.Sum("bigrain.cache.block.reads", "tier=disk"));
    }

    [Theory]
    [InlineData("blocks-4096", (5 * BlockBytes) + 17)]
    [InlineData("headers-4096", (5 * 64) + 40)]
    public async Task A_rotten_block_on_disk_is_fetched_again_and_never_served(string file, int offset)
    {
        byte[] content = await CreateAsync(Segment, 20 * BlockBytes);
        await using (CachingBlobStore before = Open(hasDisk: true))
        {
            await before.ReadRangeAsync(Segment, 0, new byte[content.Length], Token);
        }

        FlipBit(_folder.Combine(file), offset);
        _counting.Reads.Clear();
        await using CachingBlobStore after = Open(hasDisk: true);
        byte[] found = new byte[content.Length];
        await after.ReadRangeAsync(Segment, 0, found, Token);

        Assert.True(content.AsSpan().SequenceEqual(found));
        Assert.Equal(BlockBytes, Assert.Single(_counting.Reads).Length);
    }

    [Fact]
    public async Task A_block_that_a_reader_found_rotten_is_fetched_anew_after_forgetting()
    {
        await CreateAsync(Segment, 4 * BlockBytes);
        await using CachingBlobStore cache = Open(hasDisk: true);
        await cache.ReadRangeAsync(Segment, 0, new byte[4 * BlockBytes], Token);
        _counting.Reads.Clear();

        cache.Forget(Segment, BlockBytes + 5, 10);
        await cache.ReadRangeAsync(Segment, 0, new byte[4 * BlockBytes], Token);

        Assert.Equal([(Segment, (long)BlockBytes, BlockBytes)], _counting.Reads);
    }

    [Fact]
    public async Task The_memory_is_leased_and_given_back()
    {
        await using (Open(hasDisk: true, options => options.MemoryBytes = 2 << 20))
        {
            Assert.Equal((2 << 20) + (1024 * 128), _budget.UsedBytes);
        }

        Assert.Equal(0, _budget.UsedBytes);
    }

    [Fact]
    public void A_cache_that_does_not_fit_the_budget_is_refused_with_the_numbers()
    {
        BigrainException error = Assert.Throws<BigrainException>(() => Open(hasDisk: false, options => options.MemoryBytes = 65 << 20));

        Assert.Equal(ErrorCode.Overloaded, error.Code);
        Assert.Contains($"{65 << 20}", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _budget.UsedBytes);
    }

    [Fact]
    public async Task A_folder_in_use_is_refused()
    {
        await using CachingBlobStore cache = Open(hasDisk: true);

        Assert.Throws<BlobStoreException>(() => Open(hasDisk: true));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _meters.Dispose();
    }

    private static void FlipBit(string path, long offset)
    {
        using FileStream file = File.Open(path, FileMode.Open);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 4));
    }

    private CachingBlobStore Open(bool hasDisk, Action<BlockCacheOptions>? configure = null)
    {
        var options = new BlockCacheOptions
        {
            BlockBytes = BlockBytes,
            MemoryBytes = 4 << 20,
            DiskBytes = 1024 * BlockBytes,
            Path = hasDisk ? _folder.Path : string.Empty,
        };
        configure?.Invoke(options);
        return new CachingBlobStore(_counting, options, _budget, _meters.Instruments, NullLogger<CachingBlobStore>.Instance);
    }

    private async Task<byte[]> CreateAsync(string name, int length)
    {
        var random = new SeededRandom(Seed);
        byte[] content = new byte[length];
        foreach (ref byte value in content.AsSpan())
        {
            value = (byte)random.NextUInt64();
        }

        await _memory.CreateAsync(name, content, Token);
        return content;
    }
}
