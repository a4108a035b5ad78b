using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Http;

/// <summary>A request for a job that is sent again with its key, as a client does that got no answer.</summary>
public sealed class JobKeyTests(SiloFixture silo) : IClassFixture<SiloFixture>, IAsyncLifetime
{
    private const string Ndjson = "application/x-ndjson";

    // A reindex ends when the generation before is unloaded: that shall not take its ten seconds.
    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("BIGRAIN_Keeper__UnloadSpareAfter", "00:00:01");
        try
        {
            await silo.RestartAsync();
        }
        finally
        {
            Environment.SetEnvironmentVariable("BIGRAIN_Keeper__UnloadSpareAfter", null);
        }
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("compact", "compact", null)]
    [InlineData("warm", "warm", """{"dense":"all"}""")]
    [InlineData("deleteIds", "documents/delete/jobs", """{"ids":["d1","d2"]}""")]
    [InlineData("gc", "../../gc", """{"delete":false}""")]
    public async Task The_same_request_twice_makes_one_job_with_a_key_and_two_without(string kind, string path, string? body)
    {
        string name = $"twice-{kind.ToLowerInvariant()}";
        await FillAsync(name);
        JsonNode[] jobs = new JsonNode[4];
        for (int i = 0; i < jobs.Length; i++)
        {
            (int status, jobs[i]) = await PostAsync($"/v1/collections/{name}/{path}", body, i < 2 ? $"{name}-1" : null);
            Assert.True(status == 202, jobs[i].ToJsonString());
            Assert.Equal(kind, Text(jobs[i], "kind"));
        }

        string[] ids = [.. jobs.Select(job => Text(job, "id"))];
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(3, ids.Distinct().Count());
        Assert.Equal(3, await CountAsync(kind, kind == "gc" ? null : name));
        await silo.SuccessOfJobAsync(jobs[0]);
    }

    [Fact]
    public async Task Of_many_at_once_one_makes_the_job()
    {
        await FillAsync("crowd");
        (int Status, JsonNode Job)[] replies = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => PostAsync("/v1/collections/crowd/reindex", """{"publish":false}""", "crowd-1")));
        Assert.All(replies, reply => Assert.True(reply.Status == 202, reply.Job.ToJsonString()));
        Assert.Single(replies.Select(reply => Text(reply.Job, "id")).Distinct());
        Assert.Equal(1, await CountAsync("reindex", "crowd"));
        await silo.SuccessOfJobAsync(replies[0].Job);
    }

    [Fact]
    public async Task What_a_job_did_meanwhile_does_not_have_its_own_request_refused()
    {
        await FillAsync("steps");

        // Each of these is refused when another one asks for it a second time.
        string build = await TwiceAsync("reindex", """{"publish":false,"sample":0}""", "steps-build", refusedWithout: "publish or discard it first");
        string publish = await TwiceAsync("reindex/publish", """{"sample":0}""", "steps-publish", refusedWithout: "no generation that waits");
        string back = await TwiceAsync("reindex/rollback", "{}", "steps-back", refusedWithout: null);
        string backup = await TwiceAsync("backup", """{"name":"steps-1"}""", "steps-backup", refusedWithout: "there is a backup 'steps-1' already");
        string restore = await TwiceAsync(
            "../../backups/steps-1/restore", """{"collection":"steps-2"}""", "steps-restore", refusedWithout: "there is a collection 'steps-2' already");
        Assert.Equal(5, new[] { build, publish, back, backup, restore }.Distinct().Count());
        (_, JsonNode info) = await silo.GetAsync("/v1/collections/steps");
        Assert.Equal((1, 2), (info["generation"]!.GetValue<int>(), info["previousGeneration"]!.GetValue<int>()));

        async Task<string> TwiceAsync(string path, string body, string key, string? refusedWithout)
        {
            (int status, JsonNode job) = await PostAsync($"/v1/collections/steps/{path}", body, key);
            Assert.True(status == 202, job.ToJsonString());
            await silo.SuccessOfJobAsync(job);
            (status, JsonNode again) = await PostAsync($"/v1/collections/steps/{path}", body, key);
            Assert.True(status == 202, again.ToJsonString());
            Assert.Equal((Text(job, "id"), "succeeded"), (Text(again, "id"), Text(again, "state")));
            if (refusedWithout is not null)
            {
                (status, JsonNode refusal) = await PostAsync($"/v1/collections/steps/{path}", body, key: null);
                Assert.Equal(409, status);
                Assert.Contains(refusedWithout, Text(refusal, "detail"), StringComparison.Ordinal);
            }

            return Text(job, "id");
        }
    }

    [Fact]
    public async Task A_key_is_known_after_a_restart()
    {
        await FillAsync("kept");
        (_, JsonNode job) = await PostAsync("/v1/collections/kept/compact", null, "kept-1");
        await silo.EndOfJobAsync(job);
        await silo.RestartAsync();
        (int status, JsonNode again) = await PostAsync("/v1/collections/kept/compact", null, "kept-1");
        Assert.Equal((202, Text(job, "id"), "succeeded"), (status, Text(again, "id"), Text(again, "state")));
    }

    [Theory]
    [InlineData("kind", "first", "compact", null)]
    [InlineData("kind", "first", "documents/delete/jobs", """{"ids":["d1"]}""")]
    [InlineData("collection", "second", "warm", """{"dense":"none"}""")]
    [InlineData("body", "first", "warm", """{"dense":"all"}""")]
    public async Task A_key_on_another_request_is_a_conflict_that_names_what_differs(string other, string collection, string path, string? body)
    {
        string name = $"{collection}-{other}-{path.Length}";
        await FillAsync(name);
        string first = name;
        if (collection == "second")
        {
            first = $"{name}-before";
            await FillAsync(first);
        }

        string key = $"key-{name}";
        (int status, JsonNode made) = await PostAsync($"/v1/collections/{first}/warm", """{"dense":"none"}""", key);
        Assert.True(status == 202, made.ToJsonString());
        (status, JsonNode problem) = await PostAsync($"/v1/collections/{name}/{path}", body, key);
        Assert.Equal((409, "urn:bigrain:conflict", "Idempotency-Key"), (status, Text(problem, "type"), Text(problem, "field")));
        Assert.Contains($"another {other}", Text(problem, "detail"), StringComparison.Ordinal);
        await silo.SuccessOfJobAsync(made);
    }

    [Fact]
    public async Task A_list_sent_again_is_one_job_and_another_list_under_its_key_is_refused_and_harms_nothing()
    {
        await FillAsync("lists");
        string list = string.Concat(Enumerable.Range(0, 25_000).Select(i => $"\"d{2 * i}\"\n"));
        (int status, JsonNode job) = await PostAsync("/v1/collections/lists/documents/delete/jobs", list, "lists-1", Ndjson);
        Assert.True(status == 202, job.ToJsonString());
        (status, JsonNode again) = await PostAsync("/v1/collections/lists/documents/delete/jobs", list, "lists-1", Ndjson);
        Assert.Equal((202, Text(job, "id")), (status, Text(again, "id")));

        // Longer by one, of the same length but for one id, and broken off.
        foreach (string other in (string[])[list + "\"d1\"\n", list.Replace("\"d8\"", "\"d9\"", StringComparison.Ordinal)])
        {
            (status, JsonNode refusal) = await PostAsync("/v1/collections/lists/documents/delete/jobs", other, "lists-1", Ndjson);
            Assert.Equal((409, "Idempotency-Key"), (status, Text(refusal, "field")));
            Assert.Contains("another body", Text(refusal, "detail"), StringComparison.Ordinal);
        }

        (status, _) = await PostAsync("/v1/collections/lists/documents/delete/jobs", list + "broken\n", "lists-1", Ndjson);
        Assert.Equal(400, status);
        JsonNode done = await silo.EndOfJobAsync(job);
        Assert.Equal(("succeeded", 25_000), (Text(done, "state"), done["result"]!["ids"]!.GetValue<int>()));
        (_, JsonNode left) = await silo.GetAsync("/v1/collections/lists/documents?limit=1000");
        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => $"d{(2 * i) + 1}").Order(StringComparer.Ordinal),
            left["documents"]!.AsArray().Select(document => Text(document!, "id")).Order(StringComparer.Ordinal));
        Assert.Equal(1, await CountAsync("deleteIds", "lists"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("long")]
    public async Task What_is_no_key_is_refused(string key)
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/keyless", """{"metric":"l2","dimension":2}""");
        (int status, JsonNode problem) = await PostAsync("/v1/collections/keyless/compact", null, key == "long" ? new string('k', 129) : key);
        Assert.Equal((400, "Idempotency-Key"), (status, Text(problem, "field")));
        Assert.Equal(0, await CountAsync("compact", "keyless"));
    }

    [Fact]
    public async Task The_description_of_the_api_has_the_key()
    {
        (_, JsonNode description) = await silo.GetAsync("/openapi/v1.json");
        string[] keyed =
        [
            .. description["paths"]!.AsObject()
                .Where(path => path.Value!["post"]?["parameters"]?.AsArray().Any(parameter => Text(parameter!, "name") == "Idempotency-Key") == true)
                .Select(path => path.Key),
        ];
        Assert.Equal(11, keyed.Length);
    }

    private static string Text(JsonNode node, string name) => node[name]?.GetValue<string>() ?? "";

    private Task<(int Status, JsonNode Body)> PostAsync(string path, string? body, string? key, string contentType = "application/json") =>
        silo.SendAsync(HttpMethod.Post, path, body, contentType, key);

    private async Task FillAsync(string name)
    {
        await silo.CreateAsync(name, 4);
        await silo.WriteRowsAsync(name, 4, 0, 100);
    }

    private async Task<int> CountAsync(string kind, string? collection)
    {
        (_, JsonNode list) = await silo.GetAsync($"/v1/jobs{(collection is null ? "" : $"?collection={collection}")}");
        return list["jobs"]!.AsArray().Count(job => Text(job!, "kind") == kind);
    }
}
