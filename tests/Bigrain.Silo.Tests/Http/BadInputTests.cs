using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Models;

namespace Bigrain.Silo.Tests.Http;

/// <summary>Whatever is wrong gets a typed error that names the field; nothing is written and the server goes on.</summary>
public sealed class BadInputTests(SiloFixture silo) : IClassFixture<SiloFixture>, IAsyncLifetime
{
    private const string Invalid = "urn:bigrain:invalid-argument";

    private static readonly string LongId = new('x', 513);

    public async ValueTask InitializeAsync()
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/plain", """{"metric":"l2","dimension":2}""");
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/angles", """{"metric":"cosine","dimension":2}""");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static TheoryData<string, string, string> BadWrites() => new()
    {
        { "plain", """{"documents":[{"id":"a","vector":[1,2]},{"id":"b","vector":[1]}]}""", "documents[1].vector" },
        { "plain", """{"documents":[{"id":"a","vector":[1,2]},{"id":"b","vector":[1,2,3]}]}""", "documents[1].vector" },
        { "plain", """{"documents":[{"id":"a","vector":[1,1e39]}]}""", "documents[0].vector" },
        { "plain", """{"documents":[{"id":"a","vector":[1,"NaN"]}]}""", "documents[0].vector" },
        { "plain", """{"documents":[{"id":"a","vector":[1,NaN]}]}""", "body" },
        { "plain", """{"documents":[{"id":"a","vectorBase64":"AACAfwAAgH8="}]}""", "documents[0].vector" },
        { "plain", """{"documents":[{"id":"a","vectorBase64":"AACAPw=="}]}""", "documents[0].vectorBase64" },
        { "plain", """{"documents":[{"id":"a","vectorBase64":"%%%%%%%%%%%="}]}""", "documents[0].vectorBase64" },
        { "plain", """{"documents":[{"id":"a"}]}""", "documents[0].vector" },
        { "plain", """{"documents":[{"vector":[1,2]}]}""", "documents[0].id" },
        { "plain", """{"documents":[{"id":"","vector":[1,2]}]}""", "documents[0].id" },
        { "plain", """{"documents":[{"id":7,"vector":[1,2]}]}""", "documents[0].id" },
        { "plain", """{"documents":[{"id":"\ud800","vector":[1,2]}]}""", "documents[0].id" },
        { "plain", $$"""{"documents":[{"id":"{{LongId}}","vector":[1,2]}]}""", "documents[0].id" },
        { "plain", """{"documents":[{"id":"a","vector":[1,2],"payload":[1]}]}""", "documents[0].payload" },
        { "plain", """{"documents":[{"id":"a","vector":[1,2],"color":"red"}]}""", "documents[0].color" },
        { "plain", """{"documents":[{"id":"a","vector":[1,2],"expiresAt":"soon"}]}""", "documents[0].expiresAt" },
        { "plain", """{"documents":[]}""", "documents" },
        { "plain", """{"batchId":"x"}""", "documents" },
        { "plain", """{"documents":[{"id":"a","vector":[1,2]}],"batchId":""}""", "batchId" },
        { "plain", """{"documents":[{"id":"a","vector":[1,2]}],"batchID":"x"}""", "batchID" },
        { "plain", """{"documents":[{"id":"a","vector":[1,2]}]""", "body" },
        { "plain", """[1,2]""", "body" },
        { "plain", "", "body" },
        { "angles", """{"documents":[{"id":"a","vector":[0,-0.0]}]}""", "documents[0].vector" },
    };

    public static TheoryData<string, string, string> BadQueries() => new()
    {
        { "plain", """{"vector":[1]}""", "vector" },
        { "plain", """{"vector":[1,1e39]}""", "vector" },
        { "plain", """{"vector":"abc"}""", "vector" },
        { "plain", """{}""", "vector" },
        { "plain", """{"vector":[1,2],"k":0}""", "k" },
        { "plain", """{"vector":[1,2],"k":-5}""", "k" },
        { "plain", """{"vector":[1,2],"k":10001}""", "k" },
        { "plain", """{"vector":[1,2],"k":1.5}""", "k" },
        { "plain", """{"vector":[1,2],"k":99999999999999999999}""", "k" },
        { "plain", """{"vector":[1,2],"nprobe":-1}""", "nprobe" },
        { "plain", """{"vector":[1,2],"shortlist":100001}""", "shortlist" },
        { "plain", """{"vector":[1,2],"minCoverage":1.5}""", "minCoverage" },
        { "plain", """{"vector":[1,2],"timeoutMilliseconds":0}""", "timeoutMilliseconds" },
        { "plain", """{"vector":[1,2],"timeoutMilliseconds":60001}""", "timeoutMilliseconds" },
        { "plain", """{"vector":[1,2],"consistency":"eventual"}""", "consistency" },
        { "plain", """{"vector":[1,2],"using":"other"}""", "using" },
        { "plain", """{"vector":[1,2],"token":"1.abc"}""", "token" },
        { "plain", """{"vector":[1,2],"filter":{"eq":{"tag":"a"}}}""", "filter" },
        { "plain", """{"vector":[1,2],"vectorBase64":"AACAPwAAgD8="}""", "vectorBase64" },
        { "plain", """{"vector":[1,2],"kk":3}""", "kk" },
        { "plain", "nonsense", "body" },
        { "angles", """{"vector":[0,0]}""", "vector" },
    };

    public static TheoryData<string, string, int, string> BadCollections() => new()
    {
        { "new", """{"metric":"l3","dimension":2}""", 400, "metric" },
        { "new", """{"metric":"l2","dimension":0}""", 400, "dimension" },
        { "new", """{"metric":"l2","dimension":16385}""", 400, "dimension" },
        { "new", """{"metric":"l2","dimension":"two"}""", 400, "dimension" },
        { "new", """{"metric":"l2"}""", 400, "dimension" },
        { "new", """{"dimension":2}""", 400, "metric" },
        { "new", """{"metric":"l2","dimension":2,"codec":"zip"}""", 400, "codec" },
        { "new", """{"metric":"l2","dimension":2,"codec":"rabitq:9"}""", 400, "codec" },
        { "new", """{"metric":"l2","dimension":2,"dense":"fp64"}""", 400, "dense" },
        { "new", """{"metric":"l2","dimension":2,"partitions":0}""", 400, "partitions" },
        { "new", """{"metric":"l2","dimension":2,"streams":257}""", 400, "streams" },
        { "new", """{"metric":"l2","dimension":2,"replicas":9}""", 400, "replicas" },
        { "new", """{"metric":"l2","dimension":2,"fields":[{"name":"year","type":"date"}]}""", 400, "fields[0].type" },
        { "new", """{"metric":"l2","dimension":2,"text":true}""", 400, "text" },
        { "a..b", """{"metric":"l2","dimension":2}""", 400, "collection" },
        { "UPPER", """{"metric":"l2","dimension":2}""", 400, "collection" },
        { "plain", """{"metric":"l2","dimension":3}""", 409, "name" },
    };

    public static TheoryData<string, string, string, string> MisspeltFields() => new()
    {
        { "POST", "/v1/backups/b/restore", """{"collecton":"x","replace":true}""", "collecton" },
        { "POST", "/v1/collections/plain/backup", """{"nome":"b"}""", "nome" },
        { "PUT", "/v1/aliases/a", """{"collection":"plain","ifcollection":"x"}""", "ifcollection" },
        { "POST", "/v1/gc", """{"Delete":true}""", "Delete" },
        { "POST", "/v1/collections/plain/reindex", """{"min_recall":0}""", "min_recall" },
        { "POST", "/v1/collections/plain/reindex/verify", """{"samples":1}""", "samples" },
        { "POST", "/v1/collections/plain/warm", """{"dence":"all"}""", "dence" },
        { "POST", "/v1/collections/plain/recall", """{"samples":1}""", "samples" },
        { "POST", "/v1/collections/plain/documents/get", """{"ids":["a"],"includeVectors":false}""", "includeVectors" },
        { "PUT", "/v1/collections/new", """{"metric":"l2","dimension":2,"replica":2}""", "replica" },
        { "PUT", "/v1/collections/new", """{"metric":"l2","dimension":2,"fields":[{"name":"year","type":"int64","index":true}]}""", "fields[0].index" },
        { "PUT", "/v1/collections/new", """{"representations":[{"name":"default","kind":"dense","metric":"l2","dimension":2,"codex":"flat"}]}""", "representations[0].codex" },
    };

    public static TheoryData<string, string, string> FieldsThatDoNothing() => new()
    {
        { "rollback", """{"codec":"flat"}""", "codec" },
        { "rollback", """{"sample":0,"partitions":2}""", "partitions" },
        { "rollback", """{"minRecall":0.95}""", "minRecall" },
        { "discard", """{"previous":true,"sample":0}""", "sample" },
        { "discard", """{"dense":"fp16"}""", "dense" },
        { "verify", """{"publish":true}""", "publish" },
        { "publish", """{"partition":[0]}""", "partition" },
    };

    [Theory]
    [MemberData(nameof(MisspeltFields))]
    public async Task A_field_that_nobody_knows_is_named_and_nothing_is_done(string method, string path, string body, string field)
    {
        (int status, JsonNode problem) = await silo.SendAsync(new HttpMethod(method), path, body);

        AssertProblem(problem, status, 400, Invalid, field);
        await AssertNothingDoneAsync();
    }

    [Theory]
    [MemberData(nameof(FieldsThatDoNothing))]
    public async Task A_step_refuses_what_it_does_not_look_at(string step, string body, string field)
    {
        (int status, JsonNode problem) = await silo.PostAsync($"/v1/collections/plain/reindex/{step}", body);

        AssertProblem(problem, status, 400, Invalid, field);
        Assert.Contains($"{field} does not go with reindex/{step}", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        await AssertNothingDoneAsync();
    }

    [Theory]
    [InlineData("reindex", """{"codce":"flat"}""", "codce")]
    [InlineData("reindex/rollback", "{}", "model")]
    public async Task A_form_with_a_model_is_read_as_strictly(string route, string request, string field)
    {
        byte[] model = TrainedModel.Create(ModelMaker.Codes(ModelMaker.Gaussians(256 * 2, 7), 2, Metric.Cosine, subspaces: 2, bits: 4, seed: 8)).ToBlob().ToArray();
        using var form = new MultipartFormDataContent
        {
            { new StringContent(request), "request" },
            { new ByteArrayContent(model), "model", "model.bigrain" },
        };

        using HttpResponseMessage reply = await silo.Http.PostAsync($"/v1/collections/angles/{route}", form, TestContext.Current.CancellationToken);
        JsonNode problem = JsonNode.Parse(await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        AssertProblem(problem, (int)reply.StatusCode, 400, Invalid, field);
        await AssertNothingDoneAsync();
    }

    [Theory]
    [MemberData(nameof(BadWrites))]
    public async Task A_bad_write_names_its_field_and_writes_nothing(string collection, string body, string field)
    {
        (int status, JsonNode problem) = await silo.PostAsync($"/v1/collections/{collection}/documents", body);

        AssertProblem(problem, status, 400, Invalid, field);
        (_, JsonNode reply) = await silo.PostAsync($"/v1/collections/{collection}/query", """{"vector":[1,1],"consistency":"strong","timeoutMilliseconds":20000}""");
        Assert.Empty(reply["hits"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(BadQueries))]
    public async Task A_bad_query_names_its_field(string collection, string body, string field)
    {
        (int status, JsonNode problem) = await silo.PostAsync($"/v1/collections/{collection}/query", body);

        AssertProblem(problem, status, 400, Invalid, field);
    }

    [Theory]
    [MemberData(nameof(BadCollections))]
    public async Task A_bad_collection_is_not_made(string name, string body, int expected, string field)
    {
        (int status, JsonNode problem) = await silo.SendAsync(HttpMethod.Put, $"/v1/collections/{name}", body);

        AssertProblem(problem, status, expected, expected == 409 ? "urn:bigrain:conflict" : Invalid, field);
        (int absent, _) = await silo.GetAsync("/v1/collections/new");
        Assert.Equal(404, absent);
    }

    [Theory]
    [InlineData("POST", "/v1/collections/none/query", """{"vector":[1,2]}""")]
    [InlineData("POST", "/v1/collections/none/documents", """{"documents":[{"id":"a","vector":[1,2]}]}""")]
    [InlineData("POST", "/v1/collections/none/documents/get", """{"ids":["a"]}""")]
    [InlineData("POST", "/v1/collections/none/compact", "{}")]
    [InlineData("GET", "/v1/collections/none", null)]
    [InlineData("DELETE", "/v1/collections/none", null)]
    public async Task An_unknown_collection_is_not_found(string method, string path, string? body)
    {
        (int status, JsonNode problem) = await silo.SendAsync(new HttpMethod(method), path, body);

        AssertProblem(problem, status, 404, "urn:bigrain:not-found", "collection");
    }

    [Fact]
    public async Task An_identical_create_is_no_conflict()
    {
        (int status, _) = await silo.SendAsync(HttpMethod.Put, "/v1/collections/plain", """{"metric":"l2","dimension":2}""");

        Assert.Equal(200, status);
    }

    [Fact]
    public async Task A_body_over_its_limit_is_refused_as_too_large()
    {
        byte[] body = new byte[(32 * 1024 * 1024) + 1];
        Array.Fill(body, (byte)' ');
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");

        using HttpResponseMessage reply = await silo.Http.PostAsync("/v1/collections/plain/documents", content, TestContext.Current.CancellationToken);
        JsonNode problem = JsonNode.Parse(await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        AssertProblem(problem, (int)reply.StatusCode, 413, "urn:bigrain:too-large", "body");
        await AssertServesAsync();
    }

    [Theory]
    [InlineData(10_001, 1)]
    [InlineData(70, 64 * 1024)]
    public async Task Too_many_documents_or_bytes_are_refused_as_too_large(int documents, int payloadBytes)
    {
        var body = new StringBuilder("{\"documents\":[");
        string payload = payloadBytes > 100 ? ",\"payload\":{\"t\":\"" + new string('x', payloadBytes - 100) + "\"}" : "";
        for (int i = 0; i < documents; i++)
        {
            body.Append(i == 0 ? "" : ",").Append("{\"id\":\"i").Append(i).Append("\",\"vector\":[1,2]").Append(payload).Append('}');
        }

        (int status, JsonNode problem) = await silo.PostAsync("/v1/collections/plain/documents", body.Append("]}").ToString());

        AssertProblem(problem, status, 413, "urn:bigrain:too-large", "documents");
        await AssertServesAsync();
    }

    [Fact]
    public async Task A_payload_over_its_limit_is_refused()
    {
        string payload = new('x', 64 * 1024);

        (int status, JsonNode problem) = await silo.PostAsync(
            "/v1/collections/plain/documents", $$$"""{"documents":[{"id":"a","vector":[1,2],"payload":{"t":"{{{payload}}}"}}]}""");

        AssertProblem(problem, status, 400, Invalid, "documents[0].payload");
    }

    [Fact]
    public async Task Another_content_type_is_refused_with_a_body_that_says_so()
    {
        using var content = new StringContent("a=b", Encoding.UTF8, "application/x-www-form-urlencoded");

        using HttpResponseMessage reply = await silo.Http.PostAsync("/v1/collections/plain/query", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, reply.StatusCode);
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_query_that_its_sender_gave_up_leaves_the_server_serving()
    {
        using var cancelled = new CancellationTokenSource();
        using var content = new StringContent("""{"vector":[1,2],"timeoutMilliseconds":60000}""", Encoding.UTF8, "application/json");
        Task<HttpResponseMessage> call = silo.Http.PostAsync("/v1/collections/plain/query", content, cancelled.Token);
        await cancelled.CancelAsync();
        await call.ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);

        await AssertServesAsync();
    }

    private static void AssertProblem(JsonNode problem, int status, int expectedStatus, string type, string field)
    {
        Assert.True(status == expectedStatus, $"status {status}: {problem.ToJsonString()}");
        Assert.Equal(type, problem["type"]?.GetValue<string>());
        Assert.Equal(field, problem["field"]?.GetValue<string>());
        Assert.Equal(expectedStatus, problem["status"]!.GetValue<int>());
        Assert.False(string.IsNullOrEmpty(problem["traceId"]?.GetValue<string>()));
        string detail = problem["detail"]!.GetValue<string>();
        Assert.DoesNotContain("   at ", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("Bigrain.", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", detail, StringComparison.Ordinal);
    }

    private async Task AssertNothingDoneAsync()
    {
        (_, JsonNode jobs) = await silo.GetAsync("/v1/jobs");
        Assert.Empty(jobs["jobs"]!.AsArray());
        (int alias, _) = await silo.GetAsync("/v1/aliases/a");
        (int collection, _) = await silo.GetAsync("/v1/collections/new");
        Assert.Equal((404, 404), (alias, collection));
    }

    private async Task AssertServesAsync()
    {
        (int status, _) = await silo.PostAsync("/v1/collections/plain/query", """{"vector":[1,2],"timeoutMilliseconds":20000}""");
        Assert.Equal(200, status);
    }
}
