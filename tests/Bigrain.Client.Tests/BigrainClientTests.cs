using System.Net;
using System.Text.Json;
using Bigrain.Api.Documents;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Xunit;

namespace Bigrain.Client.Tests;

public sealed class BigrainClientTests
{
    private const string Accepted = """{"accepted":1,"token":"1.i.0-5.2-1"}""";
    private const string Empty = """{"hits":[],"complete":true,"reason":null}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_always_carries_a_batch_id_and_keeps_it_when_sent_again()
    {
        using ScriptedServer server = new(
            static _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable),
            static _ => throw new HttpRequestException("connection reset"),
            static _ => ScriptedServer.Json(Accepted));
        using BigrainClient client = new(server);
        WriteReply reply = await client.WriteAsync("docs", new WriteRequest { Documents = [new Document { Id = "1", Vector = [1] }] }, Token);
        Assert.Equal(1, reply.Accepted);
        string[] ids = [.. server.Requests.Select(static r => JsonDocument.Parse(r.Body).RootElement.GetProperty("batchId").GetString()!)];
        Assert.Equal(3, ids.Length);
        Assert.Single(ids.Distinct());
        Assert.NotEmpty(ids[0]);
    }

    [Fact]
    public async Task A_query_carries_the_merged_token_of_all_writes_before()
    {
        using ScriptedServer server = new(
            static _ => ScriptedServer.Json(Accepted),
            static _ => ScriptedServer.Json("""{"accepted":1,"token":"1.i.0-3.1-7"}"""),
            static _ => ScriptedServer.Json(Empty));
        using BigrainClient client = new(server);
        WriteRequest write = new() { Documents = [] };
        await client.WriteAsync("docs", write, Token);
        await client.WriteAsync("docs", write, Token);
        await client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token);
        await client.QueryAsync("other", new QueryRequest { Vector = [1] }, Token);
        Assert.Contains("\"token\":\"1.i.0-5.1-7.2-1\"", server.Requests[2].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("token", server.Requests[3].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_was_read_is_sent_back_and_a_conflict_names_the_rows_and_is_not_sent_again()
    {
        using ScriptedServer server = new(
            static _ => ScriptedServer.Json("""{"documents":[{"id":"1","version":"12-3"}],"notFound":[]}"""),
            static _ => ScriptedServer.Json(
                """{"type":"urn:bigrain:conflict","status":409,"detail":"the document has version 13-0","field":"documents[0].ifVersion","rows":[0]}""",
                HttpStatusCode.Conflict));
        using BigrainClient client = new(server);
        GetReply read = await client.GetDocumentsAsync("docs", new GetRequest { Ids = ["1"] }, Token);
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(() => client.WriteAsync(
            "docs", new WriteRequest { Documents = [new Document { Id = "1", Vector = [1], IfVersion = read.Documents[0].Version }] }, Token));
        Assert.Contains("\"ifVersion\":\"12-3\"", server.Requests[1].Body, StringComparison.Ordinal);
        Assert.Equal([0], error.Problem.Rows!);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_deletion_sends_its_versions_back_under_one_batch_id()
    {
        using ScriptedServer server = new(
            static _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable),
            static _ => ScriptedServer.Json(Accepted));
        using BigrainClient client = new(server, new BigrainClientOptions { NewId = static () => "named" });
        await client.DeleteAsync("docs", new DeleteRequest { Documents = [new DocumentDelete { Id = "1", IfVersion = "12-3" }, new DocumentDelete { Id = "2" }] }, Token);
        Assert.Equal(
            ["""{"documents":[{"id":"1","ifVersion":"12-3"},{"id":"2"}],"batchId":"named"}"""],
            server.Requests.Select(static request => request.Body).Distinct());
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Recall_is_asked_for_and_read()
    {
        using ScriptedServer server = new(
            static _ => ScriptedServer.Json("""{"recall":0.98,"lowestRecall":0.7,"queries":50,"k":10,"documents":1000,"generation":2}"""));
        using BigrainClient client = new(server);
        RecallReply reply = await client.MeasureRecallAsync("docs", new RecallRequest { Sample = 50, Seed = 9 }, Token);
        Assert.Equal((0.98, 50, 2), (reply.Recall, reply.Queries, reply.Generation));
        Assert.EndsWith("/v1/collections/docs/recall", server.Requests[0].Uri, StringComparison.Ordinal);
        Assert.Contains("\"sample\":50", server.Requests[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"seed\":9", server.Requests[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_down_is_left_for_the_next_one()
    {
        using ScriptedServer server = new(static request => request.RequestUri!.Port == 1
            ? throw new HttpRequestException("refused")
            : ScriptedServer.Json(Empty));
        BigrainClientOptions options = new() { Endpoints = BigrainClientOptions.ParseEndpoints("127.0.0.1:1, http://127.0.0.1:2") };
        using BigrainClient client = new(server, options);
        await client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token);
        await client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token);
        Assert.Equal([1, 2, 2], server.Requests.Select(static r => new Uri(r.Uri).Port));
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    [InlineData(HttpStatusCode.Conflict)]
    public async Task What_comes_back_the_same_is_not_sent_again(HttpStatusCode status)
    {
        using ScriptedServer server = new(_ => ScriptedServer.Json(
            """{"type":"urn:bigrain:invalid-argument","status":1,"detail":"k is 0","field":"k","retryable":false,"traceId":"t"}""", status));
        using BigrainClient client = new(server);
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(
            () => client.QueryAsync("docs", new QueryRequest { K = 0 }, Token));
        Assert.Single(server.Requests);
        Assert.Equal(("k is 0", "k", false, "t"), (error.Message, error.Field, error.Retryable, error.Problem.TraceId));
        Assert.Equal((int)status, error.Problem.Status);
    }

    [Fact]
    public async Task An_answer_below_the_wanted_coverage_carries_what_there_is()
    {
        using ScriptedServer server = new(static _ => ScriptedServer.Json(
            """{"type":"urn:bigrain:unavailable","detail":"1 of 2 partitions","retryable":true,"partial":{"hits":[{"id":"a","score":1}],"complete":false,"reason":"missing"}}""",
            HttpStatusCode.ServiceUnavailable));
        using BigrainClient client = new(server, new BigrainClientOptions { MaxRetries = 0 });
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(
            () => client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token));
        Assert.Equal("a", Assert.Single(error.Partial!.Hits).Id);
        Assert.False(error.Partial.Complete);
    }

    [Fact]
    public async Task An_answer_without_a_problem_body_still_has_a_type()
    {
        using ScriptedServer server = new(static _ => ScriptedServer.Json("<html>", HttpStatusCode.NotFound));
        using BigrainClient client = new(server);
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(() => client.GetCollectionAsync("docs", Token));
        Assert.Equal(ProblemTypes.NotFound, error.Code);
    }

    [Fact]
    public async Task Something_that_is_no_bigrain_is_named()
    {
        using ScriptedServer server = new(static _ => ScriptedServer.Json("<html>"));
        using BigrainClient client = new(server);
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(() => client.GetClusterAsync(Token));
        Assert.Contains("is it a Bigrain server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_deadline_ends_the_retries_and_names_the_last_failure()
    {
        using ScriptedServer server = new(static _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        using BigrainClient client = new(server, new BigrainClientOptions { Timeout = TimeSpan.FromMilliseconds(300), MaxRetries = 1_000 });
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(() => client.GetClusterAsync(Token));
        Assert.Equal(ProblemTypes.Unavailable, error.Code);
        Assert.Contains("answered 503", error.Message, StringComparison.Ordinal);
        Assert.True(server.Requests.Count > 1, "it should have tried again");
    }

    [Fact]
    public async Task The_callers_cancellation_is_the_callers()
    {
        using CancellationTokenSource stop = new();
        using ScriptedServer server = new(_ =>
        {
            stop.Cancel();
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        });
        using BigrainClient client = new(server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetClusterAsync(stop.Token));
    }

    [Fact]
    public async Task A_job_is_waited_for_and_its_failure_thrown()
    {
        using ScriptedServer server = new(
            static _ => ScriptedServer.Json("""{"id":"7","state":"running","progress":0.1}""", HttpStatusCode.Accepted),
            static _ => ScriptedServer.Json("""{"id":"7","state":"running","progress":0.5}"""),
            static _ => ScriptedServer.Json("""{"id":"7","state":"failed","error":{"type":"urn:bigrain:data-corrupt","detail":"blob x"}}"""));
        using BigrainClient client = new(server);
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(
            async () => await client.Jobs.WaitAsync(await client.Maintenance.CompactAsync("docs", Token), cancellationToken: Token));
        Assert.Equal(ProblemTypes.DataCorrupt, error.Code);
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    [InlineData("ftp://x")]
    [InlineData("http://")]
    public void An_endpoint_that_is_none_is_refused(string text) =>
        Assert.Throws<FormatException>(() => BigrainClientOptions.ParseEndpoints(text));
}
