using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Http;

/// <summary>Two clusters over one store, as after a split: the epochs, not the actors, keep the log whole.</summary>
public sealed class TwoServersTests : IAsyncLifetime
{
    private readonly SiloFixture _first = new();
    private readonly SiloFixture _second = new();

    public async ValueTask InitializeAsync()
    {
        await _first.InitializeAsync();
        await _second.StartAsync(_first.Settings with { Name = "silo-1" });
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public async Task Servers_that_take_turns_on_one_folder_lose_no_acknowledged_write()
    {
        await _first.CreateAsync("shared", 2);
        SiloFixture[] turns = [_first, _second, _first, _second, _first];
        for (int turn = 0; turn < turns.Length; turn++)
        {
            await turns[turn].WriteRowsAsync("shared", 2, turn * 20, 20);
        }

        foreach (SiloFixture server in (SiloFixture[])[_first, _second])
        {
            (int status, JsonNode reply) = await server.PostAsync(
                "/v1/collections/shared/query", """{"vector":[0,0],"k":1000,"consistency":"strong","includePayload":false,"timeoutMilliseconds":20000}""");
            Assert.True(status == 200, reply.ToJsonString());
            Assert.Equal(
                Enumerable.Range(0, 100).Select(row => $"d{row}"),
                reply["hits"]!.AsArray().Select(hit => hit!["id"]!.GetValue<string>()));
        }
    }
}
