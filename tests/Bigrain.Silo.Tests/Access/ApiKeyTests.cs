using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Bigrain.Client;

namespace Bigrain.Silo.Tests.Access;

public sealed class ApiKeyTests(KeyedSilo silo) : IClassFixture<KeyedSilo>
{
    [Theory]
    [InlineData("GET", "/v1/collections")]
    [InlineData("GET", "/v1/cluster")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("POST", "/v1/collections/mine/query")]
    [InlineData("POST", "/v1/collections/mine/documents")]
    [InlineData("DELETE", "/v1/collections/mine")]
    public async Task Without_a_key_that_is_known_everything_but_the_probes_answers_401(string method, string path)
    {
        foreach (string? key in (string?[])[null, "guess", ""])
        {
            (int status, JsonNode body, HttpResponseHeaders headers) = await silo.SendAsync(HttpMethod.Parse(method), path, key, method == "POST" ? "{}" : null);

            Assert.Equal(401, status);
            Assert.Equal("urn:bigrain:unauthenticated", body["type"]!.GetValue<string>());
            Assert.Equal("Bearer", headers.WwwAuthenticate.Single().Scheme);
        }

        Assert.Equal(200, (await silo.SendAsync(HttpMethod.Get, "/health/ready", null)).Status);
        Assert.Equal(200, (await silo.SendAsync(HttpMethod.Get, "/health/live", "guess")).Status);
    }

    [Theory]
    [InlineData("look", "GET", "/v1/collections/mine", 200)]
    [InlineData("look", "GET", "/metrics", 200)]
    [InlineData("look", "POST", "/v1/collections/mine/documents", 403)]
    [InlineData("look", "POST", "/v1/collections/mine/documents/delete", 403)]
    [InlineData("look", "POST", "/v1/collections/mine/documents/get", 400)]
    [InlineData("look", "DELETE", "/v1/collections/mine", 403)]
    [InlineData("fill", "POST", "/v1/collections/mine/documents", 400)]
    [InlineData("fill", "POST", "/v1/collections/theirs/documents", 403)]
    [InlineData("fill", "GET", "/v1/collections/theirs", 403)]
    [InlineData("fill", "POST", "/v1/collections/theirs/query", 403)]
    [InlineData("fill", "POST", "/v1/collections/mine/compact", 403)]
    [InlineData("fill", "PUT", "/v1/collections/logs-1", 403)]
    [InlineData("rule", "GET", "/v1/collections/theirs", 200)]
    [InlineData("rule", "DELETE", "/v1/collections/absent", 404)]
    public async Task A_key_may_do_what_its_role_and_its_collections_say(string key, string method, string path, int expected)
    {
        (int status, JsonNode body, _) = await silo.SendAsync(HttpMethod.Parse(method), path, key, method is "POST" or "PUT" ? "{}" : null);

        Assert.True(status == expected, $"{status} {body.ToJsonString()}");
        if (expected == 403)
        {
            Assert.Equal("urn:bigrain:forbidden", body["type"]!.GetValue<string>());
            Assert.Contains($"'{key}'", body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("fill", "GET", "/v1/collections/to-mine", 200)]
    [InlineData("fill", "POST", "/v1/collections/to-mine/documents", 400)]
    [InlineData("fill", "GET", "/v1/collections/logs-theirs", 403)]
    [InlineData("fill", "POST", "/v1/collections/logs-theirs/query", 403)]
    [InlineData("fill", "GET", "/v1/aliases/to-mine", 200)]
    [InlineData("fill", "GET", "/v1/aliases/logs-theirs", 404)]
    [InlineData("fill", "DELETE", "/v1/aliases/to-mine", 403)]
    [InlineData("fill", "DELETE", "/v1/collections/logs-theirs", 403)]
    [InlineData("guess", "GET", "/v1/collections/to-mine", 401)]
    [InlineData("rule", "DELETE", "/v1/collections/to-mine", 409)]
    public async Task An_alias_opens_no_collection_that_the_key_does_not_cover(string key, string method, string path, int expected)
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/aliases/to-mine", "rule", """{"collection":"mine"}""");
        await silo.SendAsync(HttpMethod.Put, "/v1/aliases/logs-theirs", "rule", """{"collection":"theirs"}""");

        (int status, JsonNode body, _) = await silo.SendAsync(HttpMethod.Parse(method), path, key, method is "POST" ? "{}" : null);

        Assert.True(status == expected, $"{status} {body.ToJsonString()}");
    }

    [Theory]
    [InlineData("Bearer", "rule", 200)]
    [InlineData("Basic", "cnVsZQ==", 401)] // no colon
    [InlineData("Basic", "YW55Ym9keTpydWxl", 200)] // anybody:rule
    [InlineData("Basic", "YW55Ym9keTpsb29r", 403)] // anybody:look
    [InlineData("Basic", "!", 401)]
    public async Task The_dashboard_is_for_admins_and_takes_what_a_browser_can_send(string scheme, string credentials, int expected) =>
        Assert.Equal(expected, (await silo.SendAsync(HttpMethod.Get, "/dashboard/", credentials, scheme: scheme)).Status);

    [Fact]
    public async Task A_browser_is_asked_for_a_password_on_the_dashboard_and_can_use_it_nowhere_else()
    {
        (int asked, _, HttpResponseHeaders headers) = await silo.SendAsync(HttpMethod.Get, "/dashboard/DashboardCounters", null);
        (int elsewhere, _, _) = await silo.SendAsync(HttpMethod.Get, "/v1/cluster", "YW55Ym9keTpydWxl", scheme: "Basic");
        (int trace, _, _) = await silo.SendAsync(HttpMethod.Get, "/dashboard/Trace", "rule");

        Assert.Equal((401, "Basic"), (asked, headers.WwwAuthenticate.Single().Scheme));
        Assert.Equal(401, elsewhere);
        Assert.Equal(403, trace);
    }

    [Fact]
    public async Task Lists_show_only_the_collections_of_the_key()
    {
        (_, JsonNode all, _) = await silo.SendAsync(HttpMethod.Get, "/v1/collections", "look");
        (_, JsonNode some, _) = await silo.SendAsync(HttpMethod.Get, "/v1/collections", "fill");
        (_, JsonNode cluster, _) = await silo.SendAsync(HttpMethod.Get, "/v1/cluster", "fill");

        Assert.Equal(["mine", "theirs"], NamesOf(all));
        Assert.Equal(["mine"], NamesOf(some));
        Assert.Equal(["mine"], NamesOf(cluster));

        static IEnumerable<string> NamesOf(JsonNode list) => list["collections"]!.AsArray().Select(item => item!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_client_library_sends_its_key_and_gets_typed_refusals()
    {
        using var reader = new BigrainClient(new BigrainClientOptions { Endpoints = [silo.Address], ApiKey = "look" });
        using var stranger = new BigrainClient(new BigrainClientOptions { Endpoints = [silo.Address] });

        Assert.Equal("mine", (await reader.GetCollectionAsync("mine", TestContext.Current.CancellationToken)).Name);
        BigrainClientException forbidden = await Assert.ThrowsAsync<BigrainClientException>(
            () => reader.DropCollectionAsync("mine", TestContext.Current.CancellationToken));
        BigrainClientException unknown = await Assert.ThrowsAsync<BigrainClientException>(
            () => stranger.GetCollectionAsync("mine", TestContext.Current.CancellationToken));

        Assert.Equal("urn:bigrain:forbidden", forbidden.Code);
        Assert.Equal("urn:bigrain:unauthenticated", unknown.Code);
    }
}
