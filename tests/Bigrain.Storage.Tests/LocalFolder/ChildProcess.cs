using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.LocalFolder;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.Storage.Tests.LocalFolder;

/// <summary>This test program run a second time as another process that works on the same folder.</summary>
internal static class ChildProcess
{
    private const string RoleVariable = "BIGRAIN_TEST_CHILD";

    /// <summary>Starts a child: <c>create ROOT COUNT</c>, <c>count ROOT COUNT</c> or <c>crash ROOT OPERATION STEP</c>.</summary>
    public static Process Start(params string[] role)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        start.Environment[RoleVariable] = string.Join(' ', role);
        return Process.Start(start)!;
    }

    public static FolderBlobStore Open(string root, Action<FolderStep>? onStep = null) =>
        new(new FolderBlobOptions { Path = root, TemporaryFileAge = TimeSpan.Zero }, TimeProvider.System, new SystemRandomSource(), NullLogger.Instance, onStep);

    /// <summary>Plays the child's role where this process was started as one.</summary>
    public static async Task<bool> TryRunAsync()
    {
        if (Environment.GetEnvironmentVariable(RoleVariable) is not { Length: > 0 } role)
        {
            return false;
        }

        await RunAsync(role.Split(' '));
        return true;
    }

    private static async Task RunAsync(string[] role)
    {
        Console.WriteLine("ready");
        Console.ReadLine();
        switch (role)
        {
            case ["create", string root, string count]:
                await CreateAsync(root, int.Parse(count, CultureInfo.InvariantCulture));
                break;
            case ["count", string root, string count]:
                await CountAsync(root, int.Parse(count, CultureInfo.InvariantCulture));
                break;
            case ["crash", string root, string operation, string step]:
                await CrashAsync(root, operation, Enum.Parse<FolderStep>(step));
                break;
        }
    }

    private static async Task CreateAsync(string root, int count)
    {
        using FolderBlobStore store = Open(root);
        int won = 0;
        byte[] content = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        for (int number = 0; number < count; number++)
        {
            won += await store.CreateAsync($"race/{number:D20}", content, CancellationToken.None) is null ? 0 : 1;
        }

        Console.WriteLine(won);
    }

    private static async Task CountAsync(string root, int count)
    {
        using FolderBlobStore store = Open(root);
        for (int done = 0; done < count;)
        {
            BlobContent present = (await store.ReadAsync("counter", CancellationToken.None))!;
            int value = int.Parse(Encoding.ASCII.GetString(present.Bytes.Span), CultureInfo.InvariantCulture);
            byte[] next = Encoding.ASCII.GetBytes((value + 1).ToString(CultureInfo.InvariantCulture));
            done += await store.ReplaceAsync("counter", present.Tag, next, CancellationToken.None) is null ? 0 : 1;
        }

        Console.WriteLine(count);
    }

    private static async Task CrashAsync(string root, string operation, FolderStep crashAt)
    {
        using FolderBlobStore store = Open(root, step =>
        {
            if (step == crashAt)
            {
                Process.GetCurrentProcess().Kill();
                Thread.Sleep(Timeout.Infinite);
            }
        });
        byte[] content = Encoding.ASCII.GetBytes("new");
        if (operation == "create")
        {
            await store.CreateAsync("c/blob", content, CancellationToken.None);
        }
        else
        {
            BlobProperties present = (await store.GetPropertiesAsync("r/blob", CancellationToken.None))!;
            await store.ReplaceAsync("r/blob", present.Tag, content, CancellationToken.None);
        }
    }
}
