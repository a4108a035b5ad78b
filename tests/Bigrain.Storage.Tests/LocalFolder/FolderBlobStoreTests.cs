using System.Diagnostics;
using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.LocalFolder;
using Bigrain.TestKit.Files;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.Storage.Tests.LocalFolder;

public sealed class FolderBlobStoreTests : IDisposable
{
    private const int NoSpaceLeft = 28;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(nameof(FolderStep.TemporaryMade))]
    [InlineData(nameof(FolderStep.TemporaryWritten))]
    [InlineData(nameof(FolderStep.TemporaryFlushed))]
    public async Task A_full_disk_is_reported_as_full_and_leaves_nothing(string step)
    {
        bool isFull = true;
        using FolderBlobStore store = ChildProcess.Open(_folder.Path, reached =>
        {
            if (isFull && reached.ToString() == step)
            {
                throw new IOException("No space left on device", NoSpaceLeft);
            }
        });

        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("a/b", new byte[10], Token));

        Assert.Equal(BlobFailure.Full, error.Failure);
        Assert.Equal("a/b", error.BlobName);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
        isFull = false;
        Assert.NotNull(await store.CreateAsync("a/b", new byte[10], Token));
    }

    [Fact]
    public async Task A_volume_that_is_really_full_is_reported_as_full_and_stays_readable()
    {
        string volume = _folder.Combine("volume");
        Directory.CreateDirectory(volume);
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", "size=1m", "bigrain-test", volume) != 0)
        {
            Assert.Skip("mounting a small volume needs Linux and root");
        }

        try
        {
            using FolderBlobStore store = ChildProcess.Open(volume);
            BlobTag tag = (await store.CreateAsync("kept", new byte[300_000], Token))!.Value;

            Task<BlobStoreException> create = Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("big/one", new byte[2 << 20], Token));
            Task<BlobStoreException> replace = Assert.ThrowsAsync<BlobStoreException>(async () => await store.ReplaceAsync("kept", tag, new byte[2 << 20], Token));

            Assert.Equal(BlobFailure.Full, (await create).Failure);
            Assert.Equal(BlobFailure.Full, (await replace).Failure);
            Assert.Null(await store.ReadAsync("big/one", Token));
            Assert.Equal(new BlobProperties(tag, 300_000), await store.GetPropertiesAsync("kept", Token));
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(volume, "tmp")));
            Assert.NotNull(await store.CreateAsync("small", new byte[1_000], Token));
        }
        finally
        {
            Run("umount", volume);
        }
    }

    [Fact]
    public async Task A_failure_after_publishing_is_an_unknown_outcome()
    {
        using FolderBlobStore store = ChildProcess.Open(_folder.Path, step =>
        {
            if (step == FolderStep.Published)
            {
                throw new IOException("Input/output error", 5);
            }
        });

        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("a", new byte[1], Token));

        Assert.Equal(BlobFailure.OutcomeUnknown, error.Failure);
    }

    [Fact]
    public async Task A_volume_that_is_read_only_is_reported_as_denied()
    {
        string volume = _folder.Combine("volume");
        Directory.CreateDirectory(volume);
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", "size=1m", "bigrain-test", volume) != 0)
        {
            Assert.Skip("mounting a small volume needs Linux and root");
        }

        try
        {
            using FolderBlobStore store = ChildProcess.Open(volume);
            BlobTag tag = (await store.CreateAsync("a", new byte[1], Token))!.Value;
            Assert.Equal(0, Run("mount", "-o", "remount,ro", volume));

            BlobStoreException create = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("b", new byte[1], Token));
            BlobStoreException replace = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.ReplaceAsync("a", tag, new byte[1], Token));
            BlobStoreException delete = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.DeleteAsync("a", null, Token));

            Assert.All([create, replace, delete], error => Assert.Equal(BlobFailure.Denied, error.Failure));
            Assert.NotNull(await store.ReadAsync("a", Token));
        }
        finally
        {
            Run("umount", volume);
        }
    }

    [Fact]
    public async Task A_blob_cannot_be_the_folder_of_another()
    {
        using FolderBlobStore store = ChildProcess.Open(_folder.Path);
        await store.CreateAsync("a/b", new byte[1], Token);

        BlobStoreException above = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("a", new byte[1], Token));
        BlobStoreException below = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("a/b/c", new byte[1], Token));

        Assert.Equal([BlobFailure.Permanent, BlobFailure.Permanent], new[] { above.Failure, below.Failure });
        Assert.Null(await store.ReadAsync("a/b/c", Token));
    }

    [Fact]
    public async Task A_deletion_removes_the_folders_it_left_empty_and_they_can_come_back()
    {
        using FolderBlobStore store = ChildProcess.Open(_folder.Path);
        string log = $"data/x/stream/0/wal/{7:D20}";
        await store.CreateAsync(log, new byte[1], Token);
        await store.CreateAsync("data/y", new byte[1], Token);

        Assert.True(await store.DeleteAsync(log, null, Token));

        Assert.False(Directory.Exists(_folder.Combine("blobs/data/x")));
        Assert.True(File.Exists(_folder.Combine("blobs/data/y")));
        Assert.NotNull(await store.CreateAsync(log, new byte[1], Token));
    }

    [Fact]
    public async Task A_log_blob_lies_in_a_folder_of_at_most_a_thousand()
    {
        using FolderBlobStore store = ChildProcess.Open(_folder.Path);

        await store.CreateAsync($"wal/{1_234_567:D20}", new byte[1], Token);

        Assert.True(File.Exists(_folder.Combine("blobs/wal/00000000000001234+/567")));
    }

    [Fact]
    public async Task Leftovers_of_crashed_writers_go_at_the_next_start_and_living_ones_stay()
    {
        using (FolderBlobStore store = ChildProcess.Open(_folder.Path))
        {
            await store.CreateAsync("a", new byte[1], Token);
        }

        string dead = _folder.Combine("tmp/dead"), alive = _folder.Combine("tmp/alive"), young = _folder.Combine("tmp/young");
        await File.WriteAllTextAsync(dead, "x", Token);
        await File.WriteAllTextAsync(young, "x", Token);
        File.SetLastWriteTimeUtc(dead, DateTime.UtcNow.AddHours(-1));
        using (File.Open(alive, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            File.SetLastWriteTimeUtc(alive, DateTime.UtcNow.AddHours(-1));
            using var opened = new FolderBlobStore(
                new FolderBlobOptions { Path = _folder.Path }, TimeProvider.System, new SystemRandomSource(), NullLogger<FolderBlobStore>.Instance);

            Assert.Equal(["a"], (await opened.ListAsync("", null, Token).ToListAsync(Token)).Select(entry => entry.Name));
            Assert.False(File.Exists(dead));
            Assert.True(File.Exists(alive));
            Assert.True(File.Exists(young));
        }
    }

    [Fact]
    public async Task The_local_path_of_a_blob_is_the_blob_itself()
    {
        using FolderBlobStore store = ChildProcess.Open(_folder.Path);
        await store.CreateAsync("seg/x/ids", new byte[] { 1, 2, 3 }, Token);

        using LocalFile? file = await store.OpenAsync("seg/x/ids", Token);

        Assert.Equal(3, file!.LengthBytes);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(file.Path, Token));
        Assert.Null(await store.OpenAsync("seg/x/none", Token));
    }

    [Fact]
    public async Task Readers_of_a_blob_under_replacement_see_whole_contents_only()
    {
        using FolderBlobStore store = ChildProcess.Open(_folder.Path);
        BlobTag tag = (await store.CreateAsync("head", Filled(0), Token))!.Value;
        using var done = new CancellationTokenSource();
        Task reading = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                BlobContent content = (await store.ReadAsync("head", Token))!;
                Assert.Equal(1 + (content.Bytes.Span[0] * 100), content.Bytes.Length);
                Assert.False(content.Bytes.Span.ContainsAnyExcept(content.Bytes.Span[0]));
            }
        }, Token);

        for (byte round = 1; round < 100; round++)
        {
            tag = (await store.ReplaceAsync("head", tag, Filled(round), Token))!.Value;
        }

        await done.CancelAsync();
        await reading;
    }

    [Fact]
    public async Task A_replacement_that_compared_does_not_bring_a_deleted_blob_back()
    {
        FolderBlobStore? other = null;
        Task<bool>? deletion = null;
        using FolderBlobStore store = ChildProcess.Open(_folder.Path, step =>
        {
            if (step == FolderStep.TagCompared)
            {
                deletion = other!.DeleteAsync("head", null, CancellationToken.None).AsTask();
            }
        });
        using (other = ChildProcess.Open(_folder.Path))
        {
            BlobTag tag = (await store.CreateAsync("head", new byte[1], Token))!.Value;

            Assert.NotNull(await store.ReplaceAsync("head", tag, new byte[2], Token));

            Assert.True(await deletion!);
            Assert.Null(await store.ReadAsync("head", Token));
        }
    }

    [Fact]
    public async Task A_lock_that_never_comes_free_is_a_retryable_failure()
    {
        var options = new FolderBlobOptions { Path = _folder.Path, LockTimeout = TimeSpan.FromMilliseconds(50) };
        using var store = new FolderBlobStore(options, TimeProvider.System, new SystemRandomSource(), NullLogger<FolderBlobStore>.Instance);
        BlobTag tag = (await store.CreateAsync("head", new byte[1], Token))!.Value;
        using var locks = new FolderLocks(_folder.Combine("locks"), TimeSpan.FromSeconds(5), TimeProvider.System);
        using (await locks.TakeAsync("head", Token))
        {
            BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.ReplaceAsync("head", tag, new byte[2], Token));
            Assert.Equal(BlobFailure.Transient, error.Failure);
        }

        Assert.NotNull(await store.ReplaceAsync("head", tag, new byte[2], Token));
        Assert.Empty(Directory.EnumerateFiles(_folder.Combine("tmp")));
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Filled(byte value)
    {
        byte[] bytes = new byte[1 + (value * 100)];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private static int Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
