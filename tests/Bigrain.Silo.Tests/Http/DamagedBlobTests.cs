using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Http;

/// <summary>A flipped bit in any stored blob is refused and visible; what is answered as complete is right.</summary>
public sealed class DamagedBlobTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private const string Query = """{"vector":[40,40,40,41],"k":3,"consistency":"strong","timeoutMilliseconds":20000}""";

    [Fact]
    public async Task A_flipped_bit_never_changes_a_complete_answer_and_the_rest_is_served_again_when_it_is_repaired()
    {
        await silo.CreateAsync("damaged", 4);
        await silo.WriteRowsAsync("damaged", 4, 0, 60);
        await CompactAsync();
        await silo.WriteRowsAsync("damaged", 4, 60, 20);
        string expected = await AnswerAsync();

        // One file of each kind: the number of a log entry or the name of a segment do not make a kind.
        string blobs = Path.Combine(silo.Settings.Data, "blobs");
        string[] files = [.. Directory.EnumerateFiles(blobs, "*", SearchOption.AllDirectories)
            .OrderByDescending(path => new FileInfo(path).Length)
            .DistinctBy(KindOf)
            .Order(StringComparer.Ordinal)];
        Assert.True(files.Length >= 8, string.Join(", ", files));
        int refused = 0;
        foreach (string file in files)
        {
            await silo.StopAsync();
            byte[] original = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            byte[] damaged = [.. original];
            damaged[damaged.Length / 2] ^= 0x10;
            await OverwriteAsync(file, damaged);
            await silo.StartAsync(silo.Settings);

            (int status, JsonNode reply) = await silo.PostAsync("/v1/collections/damaged/query", Query);
            if (status == 200 && reply["complete"]!.GetValue<bool>())
            {
                Assert.True(expected == Hits(reply), $"{file}: {reply.ToJsonString()}");
            }
            else
            {
                refused++;
                Assert.True(status is 200 or 500 or 503, $"{file}: {status} {reply.ToJsonString()}");
                Assert.DoesNotContain("   at ", reply.ToJsonString(), StringComparison.Ordinal);
            }

            await OverwriteAsync(file, original);
        }

        await silo.RestartAsync();
        Assert.Equal(expected, await AnswerAsync());
        Assert.True(refused >= 4, $"only {refused} of {files.Length} damaged files were noticed by a query");
    }

    private static string KindOf(string path)
    {
        string name = Path.GetFileName(path);
        string parent = Path.GetFileName(Path.GetDirectoryName(path)!);
        return parent.EndsWith('+') ? "log" : name;
    }

    private static async Task OverwriteAsync(string file, byte[] content)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);
    }

    private static string Hits(JsonNode reply) =>
        string.Join(' ', reply["hits"]!.AsArray().Select(hit => $"{hit!["id"]}:{hit["score"]}:{hit["payload"]?.ToJsonString()}"));

    private async Task<string> AnswerAsync()
    {
        (int status, JsonNode reply) = await silo.PostAsync("/v1/collections/damaged/query", Query);
        Assert.True(status == 200, reply.ToJsonString());
        return Hits(reply);
    }

    private async Task CompactAsync()
    {
        (_, JsonNode job) = await silo.SendAsync(HttpMethod.Post, "/v1/collections/damaged/compact");
        await silo.SuccessOfJobAsync(job);
    }
}
