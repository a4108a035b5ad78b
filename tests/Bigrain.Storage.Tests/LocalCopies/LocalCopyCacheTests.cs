using Bigrain.Index.Blobs;
using Bigrain.Storage.LocalCopies;
using Bigrain.Storage.Tests.BlockCache;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Randomness;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.Storage.Tests.LocalCopies;

public sealed class LocalCopyCacheTests : IDisposable
{
    private const int PartBytes = 64 << 10;

    private readonly TemporaryFolder _folder = new();
    private readonly MemoryBlobStore _memory = new();
    private readonly CountingBlobStore _store;

    public LocalCopyCacheTests()
    {
        _store = new CountingBlobStore(_memory);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(PartBytes)]
    [InlineData((5 * PartBytes) + 1)]
    public async Task A_copy_equals_the_blob(int length)
    {
        byte[] content = await CreateAsync("a", length);
        using LocalCopyCache cache = Open();

        using LocalFile? file = await cache.OpenAsync("a", Token);

        Assert.Equal(length, file!.LengthBytes);
        Assert.Equal(content, await File.ReadAllBytesAsync(file.Path, Token));
        Assert.Null(await cache.OpenAsync("none", Token));
    }

    [Fact]
    public async Task A_blob_is_fetched_once_by_many_and_kept_over_restarts()
    {
        byte[] content = await CreateAsync("a", 3 * PartBytes);
        using (LocalCopyCache before = Open())
        {
            LocalFile?[] files = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await before.OpenAsync("a", Token), Token)));
            Assert.Single(files.Select(file => file!.Path).Distinct());
            Assert.Equal(3, _store.Reads.Count);
        }

        using LocalCopyCache after = Open();
        using LocalFile? found = await after.OpenAsync("a", Token);

        Assert.Equal(content, await File.ReadAllBytesAsync(found!.Path, Token));
        Assert.Equal(3, _store.Reads.Count);
    }

    [Fact]
    public async Task A_copy_that_rotted_while_nobody_ran_is_fetched_again()
    {
        byte[] content = await CreateAsync("a", PartBytes);
        string path;
        using (LocalCopyCache before = Open())
        {
            using LocalFile? file = await before.OpenAsync("a", Token);
            path = file!.Path;
        }

        byte[] rotten = [.. content];
        rotten[100] ^= 1;
        await File.WriteAllBytesAsync(path, rotten, Token);
        using LocalCopyCache after = Open();
        using LocalFile? found = await after.OpenAsync("a", Token);

        Assert.Equal(content, await File.ReadAllBytesAsync(found!.Path, Token));
        Assert.Equal(2, _store.Reads.Count);
    }

    [Fact]
    public async Task Files_in_use_stay_and_the_longest_unused_one_goes()
    {
        foreach (string name in (string[])["a", "b", "c", "d"])
        {
            await CreateAsync(name, 400_000);
        }

        using LocalCopyCache cache = Open();
        using LocalFile? a = await cache.OpenAsync("a", Token);
        LocalFile? b = await cache.OpenAsync("b", Token);
        string pathOfB = b!.Path;
        b.Dispose();

        using LocalFile? c = await cache.OpenAsync("c", Token);

        Assert.True(File.Exists(a!.Path));
        Assert.False(File.Exists(pathOfB));
        Assert.Equal(800_000, cache.UsedBytes);
        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await cache.OpenAsync("d", Token));
        Assert.Equal(BlobFailure.Full, error.Failure);
        Assert.Contains("400000", error.Message, StringComparison.Ordinal);
        Assert.Equal(800_000, cache.UsedBytes);
    }

    [Fact]
    public async Task A_copy_that_is_forgotten_goes_with_its_last_user_and_not_if_it_is_wanted_again()
    {
        await CreateAsync("a", 1_000);
        await CreateAsync("b", 1_000);
        using LocalCopyCache cache = Open();
        LocalFile? used = await cache.OpenAsync("a", Token);
        cache.Forget("a");
        cache.Forget("none");
        Assert.True(File.Exists(used!.Path));

        used.Dispose();

        Assert.False(File.Exists(used.Path));
        Assert.Equal(0, cache.UsedBytes);
        LocalFile? b = await cache.OpenAsync("b", Token);
        cache.Forget("b");
        LocalFile? again = await cache.OpenAsync("b", Token);
        b!.Dispose();
        again!.Dispose();
        Assert.True(File.Exists(b.Path));
    }

    [Fact]
    public async Task A_download_that_breaks_off_leaves_nothing_and_may_be_tried_again()
    {
        await CreateAsync("a", 3 * PartBytes);
        using LocalCopyCache cache = Open();
        _store.Failure = new BlobStoreException("read", "a", BlobFailure.Transient);
        await Assert.ThrowsAsync<BlobStoreException>(async () => await cache.OpenAsync("a", Token));
        Assert.Equal(["lock"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName));
        Assert.Equal(0, cache.UsedBytes);

        _store.Failure = null;

        using LocalFile? file = await cache.OpenAsync("a", Token);
        Assert.NotNull(file);
    }

    [Fact]
    public void A_folder_in_use_is_refused()
    {
        using LocalCopyCache cache = Open();

        Assert.Throws<BlobStoreException>(Open);
    }

    public void Dispose() => _folder.Dispose();

    private LocalCopyCache Open() =>
        new(
            _store,
            new LocalCopyOptions { Path = _folder.Path, BudgetBytes = 1 << 20, PartBytes = PartBytes },
            new SeededRandom(4),
            NullLogger<LocalCopyCache>.Instance);

    private async Task<byte[]> CreateAsync(string name, int length)
    {
        var random = new SeededRandom(3);
        byte[] content = new byte[length];
        foreach (ref byte value in content.AsSpan())
        {
            value = (byte)random.NextUInt64();
        }

        await _memory.CreateAsync(name, content, Token);
        return content;
    }
}
