using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bigrain.TestKit.Time;

namespace Bigrain.Silo.Tests;

/// <summary>Raw calls: what a client in any language sends and gets.</summary>
internal static class HttpCalls
{
    public static async Task<(int Status, JsonNode Body)> SendAsync(
        this SiloFixture silo, HttpMethod method, string path, string? body = null, string contentType = "application/json", string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        using HttpResponseMessage reply = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)reply.StatusCode, text.Length == 0 || text[0] is not ('{' or '[') ? new JsonObject() : JsonNode.Parse(text)!);
    }

    public static Task<(int Status, JsonNode Body)> GetAsync(this SiloFixture silo, string path) => silo.SendAsync(HttpMethod.Get, path);

    public static Task<(int Status, JsonNode Body)> PostAsync(this SiloFixture silo, string path, string body) =>
        silo.SendAsync(HttpMethod.Post, path, body);

    /// <summary>Waits for the end of a job.</summary>
    /// <returns>The job as it ended, however that is.</returns>
    public static async Task<JsonNode> EndOfJobAsync(this SiloFixture silo, JsonNode job)
    {
        string id = job["id"]!.GetValue<string>();
        await Eventually.HoldsAsync(
            $"job {id} ends",
            async () =>
            {
                (int status, job) = await silo.GetAsync($"/v1/jobs/{id}");
                Assert.Equal(200, status);
                return job["state"]!.GetValue<string>() is not ("running" or "queued");
            },
            TestContext.Current.CancellationToken);
        return job;
    }

    /// <summary>Waits for a job to succeed.</summary>
    /// <returns>The job as it ended.</returns>
    public static async Task<JsonNode> SuccessOfJobAsync(this SiloFixture silo, JsonNode job)
    {
        JsonNode ended = await silo.EndOfJobAsync(job);
        Assert.True(ended["state"]!.GetValue<string>() == "succeeded", ended.ToJsonString());
        return ended;
    }

    /// <summary>Makes a collection and fails the test when it cannot.</summary>
    public static async Task CreateAsync(this SiloFixture silo, string name, int dimension, string metric = "l2")
    {
        (int status, JsonNode body) = await silo.SendAsync(
            HttpMethod.Put, $"/v1/collections/{name}", $$"""{"metric":"{{metric}}","dimension":{{dimension}}}""");
        Assert.True(status == 201, body.ToJsonString());
    }

    /// <summary>Writes rows whose vector is the row number in every element; ids are <c>d0</c>, <c>d1</c>, …</summary>
    public static async Task<string> WriteRowsAsync(this SiloFixture silo, string name, int dimension, int first, int count)
    {
        var documents = Enumerable.Range(first, count).Select(row => new
        {
            id = $"d{row}",
            vector = Enumerable.Repeat((float)row, dimension),
            payload = new { row },
        });
        (int status, JsonNode body) = await silo.PostAsync(
            $"/v1/collections/{name}/documents", JsonSerializer.Serialize(new { documents, batchId = $"rows-{first}-{count}" }));
        Assert.True(status == 200, body.ToJsonString());
        Assert.Equal(count, body["accepted"]!.GetValue<int>());
        return body["token"]!.GetValue<string>();
    }
}
