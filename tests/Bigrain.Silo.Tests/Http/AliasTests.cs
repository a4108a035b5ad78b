using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Bigrain.Api.Aliases;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;
using Bigrain.Client;
using Bigrain.TestKit.Time;

namespace Bigrain.Silo.Tests.Http;

public sealed class AliasTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private const int Dimension = 2;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alias_reads_and_writes_its_collection_and_lists_itself()
    {
        await silo.CreateAsync("books-1", Dimension);
        (int created, JsonNode alias) = await silo.SendAsync(HttpMethod.Put, "/v1/aliases/books", """{"collection":"books-1"}""");
        (int again, _) = await silo.SendAsync(HttpMethod.Put, "/v1/aliases/books", """{"collection":"books-1"}""");

        string token = await silo.WriteRowsAsync("books", Dimension, 0, 4);
        (int read, JsonNode document) = await silo.GetAsync($"/v1/collections/books/documents/d3?token={token}");
        (_, JsonNode answer) = await silo.PostAsync("/v1/collections/books/query", $$"""{"vector":[2,2],"k":1,"token":"{{token}}"}""");
        (_, JsonNode shown) = await silo.GetAsync("/v1/collections/books");
        (_, JsonNode list) = await silo.GetAsync("/v1/aliases");

        Assert.Equal((201, 200, 200), (created, again, read));
        Assert.Equal("books-1", alias["collection"]!.GetValue<string>());
        Assert.Equal("d3", document["id"]!.GetValue<string>());
        Assert.Equal("d2", answer["hits"]![0]!["id"]!.GetValue<string>());
        Assert.Equal("books-1", shown["name"]!.GetValue<string>());
        Assert.Contains(list["aliases"]!.AsArray(), one => one!["alias"]!.GetValue<string>() == "books");
        Assert.Equal(204, (await silo.SendAsync(HttpMethod.Delete, "/v1/aliases/books")).Status);
        Assert.Equal(404, (await silo.PostAsync("/v1/collections/books/query", """{"vector":[2,2]}""")).Status);
        Assert.Equal(404, (await silo.GetAsync("/v1/aliases/books")).Status);
    }

    [Theory]
    [InlineData("DELETE", "/v1/collections/safe")]
    [InlineData("POST", "/v1/collections/safe/compact")]
    [InlineData("PUT", "/v1/collections/safe")]
    public async Task What_administers_refuses_an_alias_and_names_its_collection(string method, string path)
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/safe-1", """{"metric":"l2","dimension":2}""");
        await silo.SendAsync(HttpMethod.Put, "/v1/aliases/safe", """{"collection":"safe-1"}""");

        (int status, JsonNode problem) = await silo.SendAsync(HttpMethod.Parse(method), path, method == "PUT" ? """{"metric":"l2","dimension":2}""" : null);

        Assert.Equal(409, status);
        Assert.Contains("'safe-1'", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(200, (await silo.GetAsync("/v1/collections/safe-1")).Status);
    }

    [Theory]
    [InlineData("POST", "query", """{"vector":[0,0]}""")]
    [InlineData("POST", "documents", """{"documents":[{"id":"a","vector":[0,0]}]}""")]
    [InlineData("GET", "documents/a", null)]
    public async Task An_alias_whose_collection_is_gone_is_named_beside_it(string method, string path, string? body)
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/gone-1", """{"metric":"l2","dimension":2}""");
        await silo.SendAsync(HttpMethod.Put, "/v1/aliases/gone", """{"collection":"gone-1"}""");
        await silo.SendAsync(HttpMethod.Delete, "/v1/collections/gone-1");

        (int status, JsonNode problem) = await silo.SendAsync(HttpMethod.Parse(method), $"/v1/collections/gone/{path}", body);

        Assert.Equal((404, "collection"), (status, problem["field"]?.GetValue<string>()));
        string detail = problem["detail"]!.GetValue<string>();
        Assert.StartsWith("there is no collection 'gone-1'", detail, StringComparison.Ordinal);
        Assert.EndsWith("alias 'gone' stands for 'gone-1': move it to another with 'bigrain collection alias set'", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_another_collection_is_ignored_and_a_damaged_one_refused()
    {
        await silo.CreateAsync("left", Dimension);
        await silo.CreateAsync("right", Dimension);
        string token = await silo.WriteRowsAsync("left", Dimension, 0, 4);
        await silo.WriteRowsAsync("right", Dimension, 7, 1);

        (int status, JsonNode answer) = await silo.PostAsync("/v1/collections/right/query", $$"""{"vector":[0,0],"k":9,"token":"{{token}}","consistency":"strong"}""");

        Assert.True(status == 200, answer.ToJsonString());
        Assert.Equal("d7", Assert.Single(answer["hits"]!.AsArray())!["id"]!.GetValue<string>());
        Assert.Equal(200, (await silo.GetAsync($"/v1/collections/right/documents/d7?token={token}")).Status);
        Assert.Equal(400, (await silo.PostAsync("/v1/collections/right/query", """{"vector":[0,0],"token":"nonsense"}""")).Status);
    }

    [Fact]
    public async Task Moving_an_alias_under_load_fails_no_query_and_mixes_no_answer()
    {
        const int Documents = 40;
        foreach ((string name, int first) in new[] { ("blue", 0), ("green", 1_000) })
        {
            await silo.CreateAsync(name, Dimension);
            await silo.WriteRowsAsync(name, Dimension, first, Documents);
        }

        using var client = new BigrainClient(new BigrainClientOptions { Endpoints = [silo.Host.HttpAddress] });
        await client.Aliases.PutAsync("live", new AliasRequest { Collection = "blue" }, Token);
        await client.WriteAsync("live", new WriteRequest { Documents = [new Document { Id = "d0", Vector = [0, 0] }] }, Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var faults = new ConcurrentBag<string>();
        int[] seen = [0, 0];
        Task[] load = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    QueryReply reply = await client.QueryAsync("live", new QueryRequest { Vector = [0, 0], K = 100 }, Token);
                    bool isGreen = reply.Hits.Any(hit => int.Parse(hit.Id[1..], System.Globalization.CultureInfo.InvariantCulture) >= 1_000);
                    Interlocked.Increment(ref seen[isGreen ? 1 : 0]);
                    string[] expected = [.. Enumerable.Range(isGreen ? 1_000 : 0, Documents).Select(row => $"d{row}").Order(StringComparer.Ordinal)];
                    if (!reply.Complete || !reply.Hits.Select(hit => hit.Id).Order(StringComparer.Ordinal).SequenceEqual(expected))
                    {
                        faults.Add($"complete {reply.Complete}, {string.Join(',', reply.Hits.Select(hit => hit.Id))}");
                    }
                }
                catch (BigrainClientException error)
                {
                    faults.Add(error.Message);
                }
            }
        }))];

        for (int round = 1; round <= 10; round++)
        {
            int side = round % 2;
            await client.Aliases.PutAsync("live", new AliasRequest { Collection = side == 1 ? "green" : "blue" }, Token);
            int before = Volatile.Read(ref seen[side]);
            await Eventually.HoldsAsync("five more queries saw this side", () => Volatile.Read(ref seen[side]) >= before + 5, Token);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(faults);
    }
}
