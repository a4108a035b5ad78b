using System.Text;
using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Http;

public sealed class JobTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task A_job_is_accepted_listed_read_and_kept_over_a_restart()
    {
        await silo.CreateAsync("listed", 4);
        await silo.WriteRowsAsync("listed", 4, 0, 100);
        (int accepted, JsonNode job) = await silo.SendAsync(HttpMethod.Post, "/v1/collections/listed/compact");
        Assert.Equal(202, accepted);
        string id = Text(job, "id");
        JsonNode done = await silo.EndOfJobAsync(job);

        Assert.Equal(("compact", "listed", "succeeded", "partitions"), (Text(done, "kind"), Text(done, "collection"), Text(done, "state"), Text(done, "unit")));
        Assert.Equal((4, 4, 1.0), (done["done"]!.GetValue<int>(), done["total"]!.GetValue<int>(), done["progress"]!.GetValue<double>()));
        Assert.NotNull(done["endedAt"]);
        (_, JsonNode mine) = await silo.GetAsync("/v1/jobs?collection=listed&state=succeeded");
        Assert.Equal([id], mine["jobs"]!.AsArray().Select(entry => Text(entry!, "id")));
        (_, JsonNode none) = await silo.GetAsync("/v1/jobs?collection=listed&state=failed");
        Assert.Empty(none["jobs"]!.AsArray());

        await silo.RestartAsync();
        (int status, JsonNode kept) = await silo.GetAsync($"/v1/jobs/{id}");
        Assert.Equal((200, "succeeded"), (status, Text(kept, "state")));
        (int again, JsonNode cancelled) = await silo.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");
        Assert.Equal((200, "succeeded"), (again, Text(cancelled, "state")));
    }

    [Theory]
    [InlineData("GET", "/v1/jobs/none", 404, "id")]
    [InlineData("GET", "/v1/jobs/..%2Fcollections", 404, "id")]
    [InlineData("DELETE", "/v1/jobs/none", 404, "id")]
    [InlineData("GET", "/v1/jobs?state=asleep", 400, "state")]
    [InlineData("POST", "/v1/collections/missing/warm", 404, "collection")]
    [InlineData("POST", "/v1/collections/missing/documents/delete/jobs", 404, "collection")]
    [InlineData("GET", "/v1/collections/missing/documents", 404, "collection")]
    public async Task What_does_not_exist_is_named(string method, string path, int expected, string field)
    {
        (int status, JsonNode problem) = await silo.SendAsync(new HttpMethod(method), path, method == "POST" ? "{}" : null);
        Assert.True(status == expected, problem.ToJsonString());
        Assert.Equal(field, Text(problem, "field"));
    }

    [Theory]
    [InlineData("\"all\"", true)]
    [InlineData("\"none\"", false)]
    [InlineData("{\"maxBytes\":4096}", true)]
    public async Task Warming_loads_every_partition_and_says_what_it_read(string dense, bool reads)
    {
        string name = $"warm{dense.Length}";
        await silo.CreateAsync(name, 8);
        await silo.WriteRowsAsync(name, 8, 0, 400);
        await silo.EndOfJobAsync((await silo.SendAsync(HttpMethod.Post, $"/v1/collections/{name}/compact")).Body);
        (int accepted, JsonNode job) = await silo.PostAsync($"/v1/collections/{name}/warm", $$"""{"dense":{{dense}}}""");
        Assert.Equal(202, accepted);
        JsonNode done = await silo.EndOfJobAsync(job);

        Assert.True(Text(done, "state") == "succeeded", done.ToJsonString());
        JsonNode result = done["result"]!;
        Assert.Equal((4, 400), (result["copies"]!.GetValue<int>(), result["documents"]!.GetValue<int>()));
        Assert.Equal(reads, result["denseBytes"]!.GetValue<long>() > 0);
    }

    [Theory]
    [InlineData("{\"dense\":\"some\"}", "dense")]
    [InlineData("{\"dense\":{\"maxBytes\":-1}}", "dense")]
    [InlineData("{\"heavy\":1}", "heavy")]
    public async Task A_warming_that_makes_no_sense_is_refused(string body, string field)
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/unwarmed", """{"metric":"l2","dimension":2}""");
        (int status, JsonNode problem) = await silo.PostAsync("/v1/collections/unwarmed/warm", body);
        Assert.Equal((400, field), (status, Text(problem, "field")));
    }

    [Fact]
    public async Task A_long_list_of_ids_is_deleted_and_nothing_else()
    {
        await silo.CreateAsync("bulk", 2);
        await silo.WriteRowsAsync("bulk", 2, 0, 3_000);
        var lines = new StringBuilder();
        for (int i = 0; i < 12_000; i++)
        {
            lines.Append(i % 2 == 0 ? $"\"d{i}\"\n" : $"{{\"id\":\"other{i}\"}}\n");
        }

        (int accepted, JsonNode job) = await silo.SendAsync(
            HttpMethod.Post, "/v1/collections/bulk/documents/delete/jobs", lines.ToString(), "application/x-ndjson");
        Assert.True(accepted == 202, job.ToJsonString());
        JsonNode done = await silo.EndOfJobAsync(job);
        Assert.True(Text(done, "state") == "succeeded", done.ToJsonString());
        Assert.Equal((12_000, 12_000), (done["done"]!.GetValue<int>(), done["result"]!["ids"]!.GetValue<int>()));

        (_, JsonNode listed) = await ListAsync("bulk", 1_000);
        Assert.Equal(
            Enumerable.Range(0, 1_500).Select(i => $"d{(2 * i) + 1}").Order(StringComparer.Ordinal),
            listed.AsArray().Select(document => Text(document!, "id")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"a\"\n\n7\n", "application/x-ndjson", "ids[1]")]
    [InlineData("\"a\"\nb\n", "application/x-ndjson", "ids[1]")]
    [InlineData("\"\"\n", "application/x-ndjson", "ids[0]")]
    [InlineData("", "application/x-ndjson", "ids")]
    [InlineData("{\"ids\":[\"a\",1]}", "application/json", "ids[1]")]
    [InlineData("{}", "application/json", "ids")]
    public async Task A_list_with_a_fault_starts_nothing(string body, string type, string field)
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/faulty", """{"metric":"l2","dimension":2}""");
        (int status, JsonNode problem) = await silo.SendAsync(HttpMethod.Post, "/v1/collections/faulty/documents/delete/jobs", body, type);
        Assert.True(status == 400, problem.ToJsonString());
        Assert.Equal(field, Text(problem, "field"));
        (_, JsonNode jobs) = await silo.GetAsync("/v1/jobs?collection=faulty");
        Assert.Empty(jobs["jobs"]!.AsArray());
    }

    [Fact]
    public async Task Pages_give_every_document_once_bit_for_bit_while_it_is_compacted()
    {
        await silo.CreateAsync("paged", 3);
        await silo.WriteRowsAsync("paged", 3, 0, 700);
        (_, JsonNode job) = await silo.SendAsync(HttpMethod.Post, "/v1/collections/paged/compact");
        (int pages, JsonNode listed) = await ListAsync("paged", 37);
        await silo.EndOfJobAsync(job);

        Assert.True(pages >= 700 / 37);
        Assert.Equal(
            Enumerable.Range(0, 700).Select(i => $"d{i}").Order(StringComparer.Ordinal),
            listed.AsArray().Select(document => Text(document!, "id")).Order(StringComparer.Ordinal));
        JsonNode one = listed.AsArray().Single(document => Text(document!, "id") == "d77")!;
        Assert.Equal([77f, 77f, 77f], one["vector"]!.AsArray().Select(number => number!.GetValue<float>()));
        Assert.Equal(77, one["payload"]!["row"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("after=x", "after")]
    [InlineData("base64=2", "base64")]
    [InlineData("order=id", "order")]
    public async Task A_page_that_cannot_be_is_refused(string query, string field)
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/faulty", """{"metric":"l2","dimension":2}""");
        (int status, JsonNode problem) = await silo.GetAsync($"/v1/collections/faulty/documents?{query}");
        Assert.Equal((400, field), (status, Text(problem, "field")));
    }

    private static string Text(JsonNode node, string name) => node[name]?.GetValue<string>() ?? "";

    private async Task<(int Pages, JsonNode Documents)> ListAsync(string collection, int limit)
    {
        var documents = new JsonArray();
        string? after = null;
        for (int pages = 1; ; pages++)
        {
            (int status, JsonNode page) = await silo.GetAsync(
                $"/v1/collections/{collection}/documents?limit={limit}{(after is null ? "" : "&after=" + Uri.EscapeDataString(after))}");
            Assert.True(status == 200, page.ToJsonString());
            foreach (JsonNode? document in page["documents"]!.AsArray())
            {
                documents.Add(document!.DeepClone());
            }

            after = page["nextAfter"]?.GetValue<string>();
            if (after is null)
            {
                return (pages, documents);
            }
        }
    }
}
