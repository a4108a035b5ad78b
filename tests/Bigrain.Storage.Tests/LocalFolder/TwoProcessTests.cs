using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Storage.LocalFolder;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Storage.Tests.LocalFolder;

public sealed class TwoProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_processes_creating_the_same_names_each_win_some_and_never_the_same()
    {
        const int Count = 300;

        int[] won = await RunTogetherAsync(["create", _folder.Path, $"{Count}"], ["create", _folder.Path, $"{Count}"]);

        using FolderBlobStore store = ChildProcess.Open(_folder.Path);
        var winners = new List<string>();
        await foreach (BlobEntry entry in store.ListAsync("race/", null, Token))
        {
            winners.Add(Encoding.ASCII.GetString((await store.ReadAsync(entry.Name, Token))!.Bytes.Span));
        }

        Assert.Equal(Count, won.Sum());
        Assert.Equal(Count, winners.Count);
        Assert.Equal(won.Where(share => share > 0).Order(), winners.CountBy(pid => pid).Select(pair => pair.Value).Order());
        Assert.Empty(Directory.EnumerateFiles(_folder.Combine("tmp")));
    }

    [Fact]
    public async Task A_counter_replaced_by_two_processes_loses_no_step()
    {
        const int Count = 150;
        using FolderBlobStore store = ChildProcess.Open(_folder.Path);
        await store.CreateAsync("counter", "0"u8.ToArray(), Token);

        await RunTogetherAsync(["count", _folder.Path, $"{Count}"], ["count", _folder.Path, $"{Count}"]);

        Assert.Equal($"{2 * Count}", Encoding.ASCII.GetString((await store.ReadAsync("counter", Token))!.Bytes.Span));
    }

    [Theory]
    [InlineData("create", nameof(FolderStep.TemporaryMade), "absent")]
    [InlineData("create", nameof(FolderStep.TemporaryWritten), "absent")]
    [InlineData("create", nameof(FolderStep.TemporaryFlushed), "absent")]
    [InlineData("create", nameof(FolderStep.Published), "new")]
    [InlineData("create", nameof(FolderStep.Durable), "new")]
    [InlineData("replace", nameof(FolderStep.TemporaryMade), "old")]
    [InlineData("replace", nameof(FolderStep.TemporaryWritten), "old")]
    [InlineData("replace", nameof(FolderStep.TemporaryFlushed), "old")]
    [InlineData("replace", nameof(FolderStep.TagCompared), "old")]
    [InlineData("replace", nameof(FolderStep.Published), "new")]
    [InlineData("replace", nameof(FolderStep.Durable), "new")]
    public async Task A_killed_writer_leaves_the_old_state_or_the_new_one(string operation, string step, string expected)
    {
        string name = operation == "create" ? "c/blob" : "r/blob";
        using (FolderBlobStore before = ChildProcess.Open(_folder.Path))
        {
            await before.CreateAsync("r/blob", "old"u8.ToArray(), Token);
        }

        using Process child = ChildProcess.Start("crash", _folder.Path, operation, step);
        await child.StandardInput.WriteLineAsync();
        await child.WaitForExitAsync(Token);

        Assert.NotEqual(0, child.ExitCode);
        using FolderBlobStore store = ChildProcess.Open(_folder.Path);
        BlobContent? content = await store.ReadAsync(name, Token);
        Assert.Equal(expected, content is null ? "absent" : Encoding.ASCII.GetString(content.Bytes.Span));
        Assert.Empty(Directory.EnumerateFiles(_folder.Combine("tmp")));
        Assert.All(await store.ListAsync("", null, Token).ToListAsync(Token), entry => Assert.Contains(entry.Name, (string[])["c/blob", "r/blob"]));

        // The dead process holds no lock, and the next writer goes on.
        if (content is not null)
        {
            Assert.NotNull(await store.ReplaceAsync(name, content.Tag, "next"u8.ToArray(), Token));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<int[]> RunTogetherAsync(params string[][] roles)
    {
        Process[] children = [.. roles.Select(ChildProcess.Start)];
        foreach (Process child in children)
        {
            Assert.Equal("ready", await child.StandardOutput.ReadLineAsync(Token));
        }

        foreach (Process child in children)
        {
            await child.StandardInput.WriteLineAsync();
        }

        var results = new List<int>();
        foreach (Process child in children)
        {
            results.Add(int.Parse((await child.StandardOutput.ReadToEndAsync(Token)).Trim(), CultureInfo.InvariantCulture));
            await child.WaitForExitAsync(Token);
            Assert.Equal(0, child.ExitCode);
            child.Dispose();
        }

        return [.. results];
    }
}
