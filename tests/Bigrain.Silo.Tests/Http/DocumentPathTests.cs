using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Http;

public sealed class DocumentPathTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task What_is_written_is_found_at_once_by_its_token_with_payload_and_distance()
    {
        await silo.CreateAsync("found", 4);
        string token = await silo.WriteRowsAsync("found", 4, 0, 50);

        (int status, JsonNode reply) = await silo.PostAsync(
            "/v1/collections/found/query", $$"""{"vector":[7,7,7,8],"k":3,"token":"{{token}}","explain":true}""");

        Assert.True(status == 200, reply.ToJsonString());
        Assert.Equal(["d7", "d8", "d6"], reply["hits"]!.AsArray().Select(hit => hit!["id"]!.GetValue<string>()));
        Assert.Equal(1.0, reply["hits"]![0]!["score"]!.GetValue<double>(), 5);
        Assert.Equal(7, reply["hits"]![0]!["payload"]!["row"]!.GetValue<int>());
        Assert.True(reply["complete"]!.GetValue<bool>());
        Assert.Null(reply["reason"]);
        Assert.Equal("all", reply["verified"]!.GetValue<string>());
        Assert.Equal(4, reply["partitionsAnswered"]!.GetValue<int>());
        double total = reply["explain"]!["totalMilliseconds"]!.GetValue<double>();
        double stages = reply["explain"]!["stages"]!.AsArray().Sum(stage => stage!["milliseconds"]!.GetValue<double>());
        Assert.Equal(total, stages + reply["explain"]!["unaccountedMilliseconds"]!.GetValue<double>(), 6);
    }

    [Fact]
    public async Task The_end_of_a_documents_life_is_read_back_wherever_it_is_and_absent_where_there_is_none()
    {
        await silo.CreateAsync("mortal", 2);
        (int written, JsonNode reply) = await silo.PostAsync(
            "/v1/collections/mortal/documents",
            """{"documents":[{"id":"a","vector":[1,2],"expiresAt":"2090-01-31T12:00:00.25Z"},{"id":"b","vector":[2,1]}]}""");
        Assert.True(written == 200, reply.ToJsonString());
        await AssertReadAsync();

        // From segments as from the tail.
        (_, JsonNode job) = await silo.PostAsync("/v1/collections/mortal/compact", "{}");
        await silo.SuccessOfJobAsync(job);
        await AssertReadAsync();

        async Task AssertReadAsync()
        {
            (_, JsonNode one) = await silo.GetAsync("/v1/collections/mortal/documents/a?consistency=strong");
            (_, JsonNode both) = await silo.PostAsync("/v1/collections/mortal/documents/get", """{"ids":["a","b"],"consistency":"strong"}""");
            (_, JsonNode page) = await silo.GetAsync("/v1/collections/mortal/documents?limit=10");
            var end = new DateTimeOffset(2090, 1, 31, 12, 0, 0, 250, TimeSpan.Zero);
            Assert.Equal(end, one["expiresAt"]?.GetValue<DateTimeOffset>());
            Assert.All([both, page], list =>
            {
                Dictionary<string, JsonNode> documents = list["documents"]!.AsArray().ToDictionary(document => document!["id"]!.GetValue<string>(), document => document!);
                Assert.Equal(end, documents["a"]["expiresAt"]?.GetValue<DateTimeOffset>());
                Assert.False(documents["b"].AsObject().ContainsKey("expiresAt"));
            });
        }
    }

    [Fact]
    public async Task The_sdk_understands_the_tokens_that_the_server_gives()
    {
        await silo.CreateAsync("tokens", 4);
        string given = await silo.WriteRowsAsync("tokens", 4, 0, 50);

        Assert.True(Bigrain.Api.Documents.WriteToken.TryParse(given, out Bigrain.Api.Documents.WriteToken? read), given);
        Assert.Equal(given, read.ToString());
        Assert.NotEmpty(read.Sequences);
    }

    [Fact]
    public async Task An_acknowledged_document_is_read_back_bit_for_bit_after_a_restart()
    {
        await silo.CreateAsync("kept", 3);
        float[] vector = [0.1f, -3.25e-7f, 16_777_217f];
        string base64 = Convert.ToBase64String(MemoryMarshal.AsBytes(vector.AsSpan()));
        (int written, JsonNode writeReply) = await silo.PostAsync(
            "/v1/collections/kept/documents", $$$"""{"documents":[{"id":"a/b ü","vectorBase64":"{{{base64}}}","payload":{"year":2024}}]}""");
        Assert.True(written == 200, writeReply.ToJsonString());

        await silo.RestartAsync();
        (int status, JsonNode one) = await silo.GetAsync($"/v1/collections/kept/documents/{Uri.EscapeDataString("a/b ü")}?base64=true&timeoutMilliseconds=20000");

        Assert.True(status == 200, one.ToJsonString());
        Assert.Equal("a/b ü", one["id"]!.GetValue<string>());
        Assert.Equal(base64, one["vectorBase64"]!.GetValue<string>());
        Assert.Equal("{\"year\":2024}", one["payload"]!.ToJsonString());
    }

    [Fact]
    public async Task An_upsert_replaces_and_a_delete_removes()
    {
        await silo.CreateAsync("life", 2);
        await silo.WriteRowsAsync("life", 2, 0, 10);
        await silo.PostAsync("/v1/collections/life/documents", """{"documents":[{"id":"d1","vector":[100,100]}]}""");
        (int status, JsonNode deleted) = await silo.PostAsync("/v1/collections/life/documents/delete", """{"ids":["d2","d3","absent"]}""");
        Assert.True(status == 200, deleted.ToJsonString());

        string token = deleted["token"]!.GetValue<string>();
        (_, JsonNode near) = await silo.PostAsync("/v1/collections/life/query", """{"vector":[100,100],"k":1,"consistency":"strong"}""");
        (_, JsonNode all) = await silo.PostAsync("/v1/collections/life/query", """{"vector":[0,0],"k":100,"consistency":"strong"}""");
        (_, JsonNode got) = await silo.PostAsync(
            "/v1/collections/life/documents/get", $$"""{"ids":["d3","d1"],"token":"{{token}}","includePayload":false}""");

        Assert.Equal("d1", near["hits"]![0]!["id"]!.GetValue<string>());
        Assert.Equal(8, all["hits"]!.AsArray().Count);
        Assert.Equal([100f, 100f], got["documents"]![0]!["vector"]!.AsArray().Select(number => number!.GetValue<float>()));
        Assert.Equal(["d3"], got["notFound"]!.AsArray().Select(id => id!.GetValue<string>()));
    }

    [Fact]
    public async Task A_compacted_collection_answers_the_same_from_segments()
    {
        await silo.CreateAsync("compacted", 8);
        await silo.WriteRowsAsync("compacted", 8, 0, 600);
        (int accepted, JsonNode job) = await silo.SendAsync(HttpMethod.Post, "/v1/collections/compacted/compact");
        Assert.Equal(202, accepted);

        JsonNode state = await silo.EndOfJobAsync(job);
        (_, JsonNode info) = await silo.GetAsync("/v1/collections/compacted");
        (int status, JsonNode reply) = await silo.PostAsync("/v1/collections/compacted/query", """{"vector":[300,300,300,300,300,300,300,300.5],"k":3}""");

        Assert.Equal("succeeded", state["state"]!.GetValue<string>());
        Assert.Equal(0, info["tailDocuments"]!.GetValue<int>());
        Assert.Equal(600, info["documents"]!.GetValue<int>());
        Assert.True(status == 200, reply.ToJsonString());
        Assert.Equal(["d300", "d301", "d299"], reply["hits"]!.AsArray().Select(hit => hit!["id"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_batch_gives_each_query_the_answer_it_gets_alone()
    {
        await silo.CreateAsync("batch", 2);
        await silo.WriteRowsAsync("batch", 2, 0, 30);
        float[] packed = [3, 3, 20, 20];
        string base64 = Convert.ToBase64String(MemoryMarshal.AsBytes(packed.AsSpan()));

        (int status, JsonNode reply) = await silo.PostAsync(
            "/v1/collections/batch/query/batch", $$"""{"vectorsBase64":"{{base64}}","k":1,"consistency":"strong"}""");
        (int mixed, JsonNode second) = await silo.PostAsync(
            "/v1/collections/batch/query/batch", """{"queries":[{"vector":[3,3],"k":1},{"vector":[20,20],"k":2}]}""");

        Assert.True(status == 200, reply.ToJsonString());
        Assert.Equal(["d3", "d20"], reply["results"]!.AsArray().Select(answer => answer!["hits"]![0]!["id"]!.GetValue<string>()));
        Assert.True(mixed == 200, second.ToJsonString());
        Assert.Equal([1, 2], second["results"]!.AsArray().Select(answer => answer!["hits"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_stream_of_batches_gets_a_line_each_and_a_bad_line_hurts_only_itself()
    {
        await silo.CreateAsync("lines", 2);
        string body = """
            {"documents":[{"id":"a","vector":[1,1]}],"batchId":"one"}

            {"documents":[{"id":"b","vector":[1]}]}
            {"documents":[{"id":"c","vector":[3,3]}]}
            """;
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/x-ndjson");

        using HttpResponseMessage reply = await silo.Http.PostAsync("/v1/collections/lines/documents", content, TestContext.Current.CancellationToken);
        string text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        JsonNode[] lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

        Assert.Equal([0, 1, 2], lines.Select(line => line["line"]!.GetValue<int>()));
        Assert.Equal("one", lines[0]["batchId"]!.GetValue<string>());
        Assert.Equal([1, 0, 1], lines.Select(line => line["accepted"]!.GetValue<int>()));
        Assert.Equal("documents[0].vector", lines[1]["error"]!["field"]!.GetValue<string>());
        (int absent, _) = await silo.GetAsync("/v1/collections/lines/documents/b?consistency=strong");
        (int present, _) = await silo.GetAsync("/v1/collections/lines/documents/c?consistency=strong");
        Assert.Equal((404, 200), (absent, present));
    }

    [Fact]
    public async Task The_same_batch_id_changes_nothing_the_second_time()
    {
        await silo.CreateAsync("again", 2);
        string first = await silo.WriteRowsAsync("again", 2, 0, 20);
        await silo.PostAsync("/v1/collections/again/documents", """{"documents":[{"id":"d1","vector":[50,50]}]}""");

        string second = await silo.WriteRowsAsync("again", 2, 0, 20);
        (_, JsonNode one) = await silo.GetAsync("/v1/collections/again/documents/d1?consistency=strong");

        Assert.Equal(first, second);
        Assert.Equal(50f, one["vector"]![0]!.GetValue<float>());
    }

    [Fact]
    public async Task The_cluster_page_shows_the_silo_and_its_collections()
    {
        await silo.CreateAsync("shown", 2);
        await silo.WriteRowsAsync("shown", 2, 0, 5);

        (int status, JsonNode page) = await silo.GetAsync("/v1/cluster");

        Assert.Equal(200, status);
        JsonNode one = Assert.Single(page["silos"]!.AsArray())!;
        Assert.Equal("silo-0", one["name"]!.GetValue<string>());
        Assert.Equal("active", one["status"]!.GetValue<string>());
        Assert.Equal(256L * 1024 * 1024, one["budgetBytes"]!.GetValue<long>());
        Assert.Contains("shown", page["collections"]!.AsArray().Select(collection => collection!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_dropped_name_can_be_made_again_and_starts_empty()
    {
        await silo.CreateAsync("again2", 2);
        string token = await silo.WriteRowsAsync("again2", 2, 0, 5);
        (int dropped, _) = await silo.SendAsync(HttpMethod.Delete, "/v1/collections/again2");
        (int gone, _) = await silo.PostAsync("/v1/collections/again2/query", """{"vector":[1,1]}""");
        await silo.CreateAsync("again2", 2);

        (int status, JsonNode reply) = await silo.PostAsync("/v1/collections/again2/query", """{"vector":[1,1]}""");
        (int stale, JsonNode ignored) = await silo.PostAsync("/v1/collections/again2/query", JsonSerializer.Serialize(new { vector = new[] { 1, 1 }, token }));

        Assert.Equal((204, 404), (dropped, gone));
        Assert.True(status == 200, reply.ToJsonString());
        Assert.Empty(reply["hits"]!.AsArray());

        // A token of the earlier life says nothing about this one.
        Assert.Equal(200, stale);
        Assert.Empty(ignored["hits"]!.AsArray());
    }
}
