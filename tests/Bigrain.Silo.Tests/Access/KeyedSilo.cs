using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Access;

/// <summary>A silo with three keys (reader <c>look</c>, writer <c>fill</c> of some collections, admin <c>rule</c>) and two collections.</summary>
public sealed class KeyedSilo : IAsyncLifetime
{
    private readonly SiloFixture _silo = new();
    private readonly string _file = Path.GetTempFileName();

    public Uri Address => _silo.Host.HttpAddress;

    public async ValueTask InitializeAsync()
    {
        object[] keys =
        [
            new { name = "look", sha256 = HashOf("look"), role = "reader" },
            new { name = "fill", sha256 = HashOf("fill"), role = "writer", collections = new[] { "mine", "logs-*" } },
            new { name = "rule", sha256 = HashOf("rule"), role = "admin" },
        ];
        await File.WriteAllTextAsync(_file, JsonSerializer.Serialize(new { keys }));
        await _silo.StartAsync(_silo.Settings with { ApiKeysFile = _file, Dashboard = true });
        foreach (string name in (string[])["mine", "theirs"])
        {
            Assert.Equal(201, (await SendAsync(HttpMethod.Put, $"/v1/collections/{name}", "rule", """{"metric":"l2","dimension":2}""")).Status);
        }
    }

    public async Task<(int Status, JsonNode Body, HttpResponseHeaders Headers)> SendAsync(
        HttpMethod method, string path, string? key, string? body = null, string scheme = "Bearer")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {key}");
        }

        using HttpResponseMessage reply = await _silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)reply.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)! : new JsonObject(), reply.Headers);
    }

    public async ValueTask DisposeAsync()
    {
        await _silo.DisposeAsync();
        File.Delete(_file);
    }

    private static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
