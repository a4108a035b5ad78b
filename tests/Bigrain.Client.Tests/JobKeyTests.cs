using System.Net;
using Bigrain.Api;
using Bigrain.Api.Backups;
using Bigrain.Api.Jobs;
using Bigrain.Api.Queries;
using Bigrain.Api.Reindexing;
using Xunit;

namespace Bigrain.Client.Tests;

/// <summary>Requests that make jobs carry a key, by which a server knows one that it had before.</summary>
public sealed class JobKeyTests
{
    private const string Job = """{"id":"job-1","kind":"compact","state":"running"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("compact")]
    [InlineData("warm")]
    [InlineData("deleteMany")]
    [InlineData("gc")]
    [InlineData("reindex")]
    [InlineData("model")]
    [InlineData("verify")]
    [InlineData("publish")]
    [InlineData("rollback")]
    [InlineData("discard")]
    [InlineData("backup")]
    [InlineData("restore")]
    public async Task A_call_sends_one_key_with_all_its_tries_and_the_next_call_another(string what)
    {
        List<string?> keys = [];
        using ScriptedServer server = new(
            request => Keep(request, keys, new HttpResponseMessage(HttpStatusCode.ServiceUnavailable))!,
            request => Keep(request, keys, null) ?? throw new HttpRequestException("connection reset"),
            request => Keep(request, keys, ScriptedServer.Json(Job, HttpStatusCode.Accepted))!);
        int made = 0;
        using BigrainClient client = new(server, new BigrainClientOptions { NewId = () => $"id-{++made}" });
        Assert.Equal("job-1", (await StartAsync(client, what)).Id);
        Assert.Equal(["id-1", "id-1", "id-1"], keys);
        Assert.Single(server.Requests.Select(static request => request.Body).Distinct());
        await StartAsync(client, what);
        Assert.Equal("id-2", keys[^1]);
        Assert.Equal(2, made);
    }

    [Fact]
    public async Task A_frozen_server_is_left_for_the_next_one_with_the_same_key_and_no_body_at_all()
    {
        List<string?> keys = [];
        using SeveralServers servers = new SeveralServers()
            .On(1, async (request, cancellationToken) =>
            {
                Keep(request, keys, null);
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                throw new InvalidOperationException("unreachable");
            })
            .On(2, (request, _) => Task.FromResult(Keep(request, keys, ScriptedServer.Json(Job, HttpStatusCode.Accepted))!));
        using BigrainClient client = new(servers, SeveralServers.Options(TimeSpan.FromSeconds(3), 1, 2));
        await client.Maintenance.CompactAsync("docs", Token);
        Assert.Equal([1, 2], servers.Ports);
        Assert.Single(keys.Distinct());
        Assert.Matches("^[0-9a-f]{32}$", keys[0]);
    }

    [Fact]
    public async Task What_makes_no_job_carries_no_key()
    {
        List<string?> keys = [];
        using ScriptedServer server = new(request => Keep(request, keys, ScriptedServer.Json("""{"hits":[],"complete":true}"""))!);
        using BigrainClient client = new(server);
        await client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token);
        await client.Jobs.CancelAsync("job-1", Token);
        Assert.Equal([null, null], keys);
    }

    private static HttpResponseMessage? Keep(HttpRequestMessage request, List<string?> keys, HttpResponseMessage? answer)
    {
        keys.Add(request.Headers.TryGetValues(ApiHeaders.IdempotencyKey, out IEnumerable<string>? values) ? Assert.Single(values) : null);
        return answer;
    }

    private static Task<JobInfo> StartAsync(BigrainClient client, string what) => what switch
    {
        "compact" => client.Maintenance.CompactAsync("docs", Token),
        "warm" => client.Maintenance.WarmAsync("docs", 1_000, Token),
        "deleteMany" => client.DeleteManyAsync("docs", ["a", "b"], Token),
        "gc" => client.Maintenance.CollectGarbageAsync(cancellationToken: Token),
        "reindex" => client.Maintenance.ReindexAsync("docs", new ReindexRequest { Codec = "rabitq:2" }, Token),
        "model" => client.Maintenance.ReindexAsync("docs", new ReindexRequest(), new byte[] { 1, 2, 3 }, Token),
        "backup" => client.Backups.CreateAsync("docs", "monday", Token),
        "restore" => client.Backups.RestoreAsync("monday", new RestoreBackupRequest(), Token),
        _ => client.Maintenance.ReindexStepAsync("docs", what, new ReindexRequest(), Token),
    };
}
