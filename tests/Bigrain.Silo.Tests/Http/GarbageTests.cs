using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Http;

public sealed class GarbageTests(SiloFixture silo) : IClassFixture<SiloFixture>
{

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_that_is_made_again_never_shows_what_was_there_before_while_writers_and_garbage_collection_go_on()
    {
        var forbidden = new ConcurrentDictionary<string, int>();
        using var stop = new CancellationTokenSource();
        int life = 0;
        bool isOpen = false;
        Task[] writers = [.. Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                int before = Volatile.Read(ref life);
                bool wasOpen = Volatile.Read(ref isOpen);
                string id = $"race-{before}-{writer}-{i}";
                (int status, _) = await silo.PostAsync("/v1/collections/reborn/documents", $$$"""{"documents":[{"id":"{{{id}}}","vector":[1,2,3,4]}]}""");

                // Only what was acknowledged before the drop began belongs to the old life for certain.
                if (status == 200 && wasOpen && Volatile.Read(ref isOpen) && before == Volatile.Read(ref life))
                {
                    forbidden[id] = before;
                }
            }
        }))];
        for (int round = 0; round < 3; round++)
        {
            await silo.CreateAsync("reborn", 4);
            Volatile.Write(ref life, round);
            Volatile.Write(ref isOpen, true);
            await WriteAsync(round);
            await CollectAsync();
            await AssertNothingOldAsync(round, forbidden);
            Volatile.Write(ref isOpen, false);
            using HttpResponseMessage dropped = await silo.Http.DeleteAsync(new Uri("/v1/collections/reborn", UriKind.Relative), Cancel);
            Assert.True(dropped.IsSuccessStatusCode, $"{dropped.StatusCode}");
            await CollectAsync();
        }

        await silo.CreateAsync("reborn", 4);
        await WriteAsync(3);
        await CollectAsync();
        await CollectAsync();
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await AssertNothingOldAsync(3, forbidden);
        Assert.True(forbidden.Count > 10, $"the writers got only {forbidden.Count} writes through: the test shows little");
    }

    [Fact]
    public async Task A_dry_run_reports_a_dropped_collection_and_two_passes_remove_it()
    {
        await silo.CreateAsync("dropped", 4);
        await silo.WriteRowsAsync("dropped", 4, 0, 20);
        using (await silo.Http.DeleteAsync(new Uri("/v1/collections/dropped", UriKind.Relative), Cancel))
        {
        }

        JsonNode report = await CollectAsync(delete: false);
        Assert.False(report["deletes"]!.GetValue<bool>());
        Assert.True(Found(report) > 0 && report["deletedCount"]!.GetValue<long>() == 0, report.ToJsonString());
        await CollectAsync();
        await CollectAsync();
        Assert.Equal(0, Found(await CollectAsync(delete: false)));
    }

    [Theory]
    [InlineData("""{"delete":false,"graceSeconds":-1}""")]
    [InlineData("""{"graceSeconds":1e12}""")]
    public async Task A_grace_out_of_range_is_refused(string body)
    {
        (int status, JsonNode problem) = await silo.PostAsync("/v1/gc", body);
        Assert.Equal(400, status);
        Assert.Equal("graceSeconds", problem["field"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_request_without_a_body_reports_whether_its_length_is_given_or_not()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(silo.Host.HttpAddress.Host, silo.Host.HttpAddress.Port, Cancel);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync("POST /v1/gc HTTP/1.1\r\nHost: silo\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancel);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string reply = await reader.ReadToEndAsync(Cancel);
        Assert.StartsWith("HTTP/1.1 202 ", reply, StringComparison.Ordinal);

        (int status, JsonNode job) = await silo.SendAsync(HttpMethod.Post, "/v1/gc");
        Assert.True(status == 202, job.ToJsonString());
        Assert.False((await silo.SuccessOfJobAsync(job))["result"]!["deletes"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("", 202)]
    [InlineData("""{"graceSeconds":-1}""", 400)]
    public async Task A_body_in_chunks_is_read_to_its_end(string body, int expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/gc") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage reply = await silo.Http.SendAsync(request, Cancel);
        Assert.Equal(expected, (int)reply.StatusCode);
    }

    private static long Found(JsonNode report) => report["lines"]!.AsArray()
        .Single(line => line!["kind"]!.GetValue<string>() == "incarnations")!["foundCount"]!.GetValue<long>();

    private async Task WriteAsync(int round)
    {
        string documents = string.Join(',', Enumerable.Range(0, 30).Select(i => $$"""{"id":"old-{{round}}-{{i}}","vector":[{{i}},1,2,3]}"""));
        (int status, JsonNode reply) = await silo.PostAsync("/v1/collections/reborn/documents", $$"""{"documents":[{{documents}}]}""");
        Assert.True(status == 200, reply.ToJsonString());
    }

    private async Task AssertNothingOldAsync(int round, ConcurrentDictionary<string, int> forbidden)
    {
        string[] old = [.. forbidden.Where(pair => pair.Value < round).Select(pair => pair.Key),
            .. Enumerable.Range(0, round).SelectMany(earlier => Enumerable.Range(0, 30).Select(i => $"old-{earlier}-{i}"))];
        foreach (string[] ids in old.Chunk(500))
        {
            (int status, JsonNode reply) = await silo.PostAsync(
                "/v1/collections/reborn/documents/get", $$"""{"ids":[{{string.Join(',', ids.Select(id => $"\"{id}\""))}}],"consistency":"strong","timeoutMilliseconds":30000}""");
            Assert.True(status == 200, reply.ToJsonString());
            Assert.Empty(reply["documents"]!.AsArray());
        }

        (int found, JsonNode answer) = await silo.PostAsync("/v1/collections/reborn/query", """{"vector":[3,1,2,3],"k":1000,"consistency":"strong","timeoutMilliseconds":30000}""");
        Assert.True(found == 200, answer.ToJsonString());
        HashSet<string> hits = [.. answer["hits"]!.AsArray().Select(hit => hit!["id"]!.GetValue<string>())];
        Assert.Equal(30, hits.Count(id => id.StartsWith($"old-{round}-", StringComparison.Ordinal)));
        Assert.Empty(hits.Intersect(old));
    }

    private async Task<JsonNode> CollectAsync(bool delete = true)
    {
        (int status, JsonNode job) = await silo.PostAsync("/v1/gc", $$"""{"delete":{{(delete ? "true" : "false")}},"graceSeconds":0}""");
        Assert.True(status == 202, job.ToJsonString());
        return (await silo.SuccessOfJobAsync(job))["result"]!;
    }
}
