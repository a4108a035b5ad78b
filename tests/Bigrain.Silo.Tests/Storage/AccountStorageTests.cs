using System.Text.Json.Nodes;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;

namespace Bigrain.Silo.Tests.Storage;

public sealed class AccountStorageTests(AzuriteServer azurite) : IClassFixture<AzuriteServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_blobs_served_twice_give_equal_answers_with_a_cold_cache_and_a_warm_one()
    {
        string? connection = await azurite.TryGetConnectionStringAsync(Token);
        if (connection is null)
        {
            Assert.Skip(azurite.MissingReason!);
        }

        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        string written = await ServeAsync(connection, first, async silo =>
        {
            await silo.CreateAsync("kept", 8);
            await silo.WriteRowsAsync("kept", 8, 0, 600);
            (int accepted, JsonNode job) = await silo.SendAsync(HttpMethod.Post, "/v1/collections/kept/compact");
            Assert.Equal(202, accepted);
            await silo.SuccessOfJobAsync(job);
            await silo.WriteRowsAsync("kept", 8, 600, 50);
            return await AskAsync(silo);
        });

        string cold = await ServeAsync(connection, second, AskAsync);
        string warm = await ServeAsync(connection, second, AskAsync);

        Assert.Equal(written, cold);
        Assert.Equal(written, warm);
        Assert.NotEmpty(Directory.EnumerateFiles(second.Combine("copies")));
    }

    private static async Task<string> ServeAsync(string connection, TemporaryFolder folder, Func<SiloFixture, Task<string>> use)
    {
        await using var silo = new SiloFixture();
        await silo.InitializeAsync();
        await silo.RestartAsync(silo.Settings with { Data = folder.Path, Blob = connection, Container = "served-twice", FlatBelow = 0 });
        return await use(silo);
    }

    private static async Task<string> AskAsync(SiloFixture silo)
    {
        var answers = new List<string>();
        for (int row = 0; row < 650; row += 50)
        {
            (int status, JsonNode reply) = await silo.PostAsync(
                "/v1/collections/kept/query", $$"""{"vector":[{{row}},{{row}},{{row}},{{row}},{{row}},{{row}},{{row}},{{row}}.5],"k":5,"consistency":"strong","timeoutMilliseconds":20000}""");
            Assert.True(status == 200, reply.ToJsonString());
            Assert.True(reply["complete"]!.GetValue<bool>());
            answers.Add(reply["hits"]!.ToJsonString());
        }

        return string.Join('\n', answers);
    }
}
