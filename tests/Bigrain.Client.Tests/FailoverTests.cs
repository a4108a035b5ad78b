using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Bigrain.Api;
using Bigrain.Api.Documents;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Client.Tests;

/// <summary>What a client does when one of its servers breaks, freezes or has too much to do.</summary>
public sealed class FailoverTests
{
    private const string Whole = """{"hits":[],"complete":true,"reason":null}""";
    private const string Accepted = """{"accepted":1,"token":"1.i.0-5"}""";
    private const string Busy = """{"type":"urn:bigrain:overloaded","detail":"busy","retryable":true}""";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broken_connection_moves_the_call_to_the_next_server_at_once_and_the_broken_one_rests()
    {
        using SeveralServers servers = new SeveralServers().Resets(1).Answers(2, Whole);
        using BigrainClient client = new(servers, SeveralServers.Options(30 * Second, 1, 2));
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < 4; i++)
        {
            await client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token);
        }

        Assert.Equal([1, 2, 2, 2, 2], servers.Ports);
        Assert.True(Stopwatch.GetElapsedTime(started) < 10 * Second, "it waited");
    }

    [Fact]
    public async Task Calls_go_round_the_servers()
    {
        using SeveralServers servers = new SeveralServers().Answers(1, Whole).Answers(2, Whole).Answers(3, Whole);
        using BigrainClient client = new(servers, SeveralServers.Options(30 * Second, 1, 2, 3));
        for (int i = 0; i < 6; i++)
        {
            await client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token);
        }

        Assert.Equal([1, 2, 3, 1, 2, 3], servers.Ports);
    }

    [Fact]
    public async Task A_server_that_rests_is_tried_by_one_call_when_its_pause_is_over()
    {
        InstantTime clock = new();
        using SeveralServers servers = new SeveralServers().Resets(1).Answers(2, Whole);
        BigrainClientOptions options = SeveralServers.Options(30 * Second, 1, 2);
        EndpointPool pool = new(new BigrainClientOptions { Endpoints = options.Endpoints, Clock = clock });
        (Uri first, Uri second) = (options.Endpoints[0], options.Endpoints[1]);
        pool.OnFailure(first);
        Assert.Equal([second, second], new[] { pool.Take([]), pool.Take([]) });
        clock.Advance(4 * Second);
        Assert.Equal([first, second, second], new[] { pool.Take([]), pool.Take([]), pool.Take([]) });
        pool.OnSuccess(first);
        Assert.Equal([first, second], new[] { pool.Take([]), pool.Take([]) });
        pool.OnFailure(first);
        pool.OnFailure(second);
        Assert.Equal(first, pool.Take([]));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_frozen_server_costs_a_query_a_third_of_its_deadline_and_is_left_alone_then()
    {
        using SeveralServers servers = new SeveralServers().Hangs(1).Answers(2, Whole);
        using BigrainClient client = new(servers, SeveralServers.Options(3 * Second, 1, 2));
        long started = Stopwatch.GetTimestamp();
        QueryReply first = await client.QueryAsync("docs", new QueryRequest { Vector = [1], TimeoutMilliseconds = 1_500 }, Token);
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        await client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token);

        Assert.True(first.Complete);
        Assert.Equal([1, 2, 2], servers.Ports);
        Assert.InRange(took.TotalMilliseconds, 450, 2_500);
    }

    [Fact]
    public async Task A_slow_server_still_wins_when_the_other_one_cannot_be_reached()
    {
        using SeveralServers servers = new SeveralServers().Resets(2).On(1, static async (_, cancellationToken) =>
        {
            await Task.Delay(700, cancellationToken);
            return ScriptedServer.Json(Whole);
        });
        using BigrainClient client = new(servers, SeveralServers.Options(5 * Second, 1, 2));

        Assert.True((await client.QueryAsync("docs", new QueryRequest { Vector = [1], TimeoutMilliseconds = 1_000 }, Token)).Complete);
        Assert.Equal([1, 2], servers.Ports);
    }

    [Fact]
    public async Task A_write_to_a_frozen_server_is_sent_to_the_next_with_the_same_batch_id()
    {
        using SeveralServers servers = new SeveralServers().Hangs(1).Answers(2, Accepted);
        using BigrainClient client = new(servers, SeveralServers.Options(3 * Second, 1, 2));
        await client.WriteAsync("docs", new WriteRequest { Documents = [new Document { Id = "1", Vector = [1] }] }, Token);

        Assert.Equal([1, 2], servers.Ports);
        Assert.Single(servers.Requests.Select(static request => Member(request.Body, "batchId").GetString()).Distinct());
    }

    [Fact]
    public async Task Every_server_is_told_the_time_that_is_left()
    {
        using SeveralServers servers = new SeveralServers().Hangs(1).On(2, static (request, _) =>
        {
            Assert.True(int.Parse(Assert.Single(request.Headers.GetValues(ApiHeaders.TimeoutMilliseconds)), null) <= 1_000);
            return Task.FromResult(ScriptedServer.Json(Whole));
        });
        using BigrainClient client = new(servers, SeveralServers.Options(Second, 1, 2));
        QueryRequest request = new() { Vector = [1], TimeoutMilliseconds = 60_000 };
        await client.QueryAsync("docs", request, Token);

        int[] told = [.. servers.Requests.Select(static sent => Member(sent.Body, "timeoutMilliseconds").GetInt32())];
        Assert.InRange(told[0], 500, 1_000);
        Assert.InRange(told[1], 1, told[0] - 200);
        Assert.Equal(60_000, request.TimeoutMilliseconds);
    }

    [Fact]
    public async Task An_overloaded_server_is_given_the_time_it_asks_for()
    {
        int calls = 0;
        using SeveralServers servers = new SeveralServers().On(1, (_, _) =>
        {
            bool busy = Interlocked.Increment(ref calls) == 1;
            HttpResponseMessage answer = ScriptedServer.Json(busy ? Busy : Whole, busy ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK);
            answer.Headers.Add("Retry-After", "1");
            return Task.FromResult(answer);
        });
        using BigrainClient client = new(servers, SeveralServers.Options(10 * Second, 1));
        long started = Stopwatch.GetTimestamp();
        await client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token);

        Assert.Equal(2, calls);
        Assert.True(Stopwatch.GetElapsedTime(started) >= Second);
    }

    [Fact]
    public async Task An_overloaded_server_that_asks_for_more_time_than_is_left_is_not_waited_for()
    {
        using SeveralServers servers = new SeveralServers().On(1, static (_, _) =>
        {
            HttpResponseMessage answer = ScriptedServer.Json(Busy, HttpStatusCode.TooManyRequests);
            answer.Headers.Add("Retry-After", "60");
            return Task.FromResult(answer);
        });
        using BigrainClient client = new(servers, SeveralServers.Options(30 * Second, 1));
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(
            () => client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token));

        Assert.Equal((ProblemTypes.Overloaded, 1), (error.Code, servers.Ports.Length));
    }

    [Fact]
    public async Task Servers_under_stress_are_not_sent_more_retries_than_the_budget_has()
    {
        using SeveralServers servers = new SeveralServers().Answers(1, Busy, HttpStatusCode.ServiceUnavailable);
        BigrainClientOptions options = new() { Endpoints = [new Uri("http://127.0.0.1:1")], RetryBurst = 3, RetryPercent = 10 };
        using BigrainClient client = new(servers, options);
        for (int i = 0; i < 20; i++)
        {
            await Assert.ThrowsAsync<BigrainClientException>(() => client.GetClusterAsync(Token));
        }

        Assert.InRange(servers.Ports.Length, 20, 20 + 3 + 2);
    }

    [Fact]
    public async Task A_part_of_an_answer_is_asked_for_again_and_the_largest_is_kept_for_the_error()
    {
        int calls = 0;
        using SeveralServers servers = new SeveralServers().On(1, (_, _) =>
        {
            int answered = Interlocked.Increment(ref calls) == 2 ? 3 : 1;
            return Task.FromResult(ScriptedServer.Json(
                $$"""{"type":"urn:bigrain:unavailable","detail":"{{answered}} of 4","retryable":true,"partial":{"partitionsAsked":4,"partitionsAnswered":{{answered}},"complete":false,"reason":"unreachable"} }""",
                HttpStatusCode.ServiceUnavailable));
        });
        BigrainClientOptions options = new() { Endpoints = [new Uri("http://127.0.0.1:1")], MaxRetries = 4 };
        using BigrainClient client = new(servers, options);
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(
            () => client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token));

        Assert.Equal((5, 3), (calls, error.Partial?.PartitionsAnswered));
    }

    [Fact]
    public async Task When_every_server_is_frozen_the_deadline_holds()
    {
        using SeveralServers servers = new SeveralServers().Hangs(1).Hangs(2);
        using BigrainClient client = new(servers, SeveralServers.Options(Second, 1, 2));
        long started = Stopwatch.GetTimestamp();
        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(
            () => client.QueryAsync("docs", new QueryRequest { Vector = [1] }, Token));

        Assert.Equal(ProblemTypes.Unavailable, error.Code);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0.9, 3);
    }

    [Fact]
    public async Task A_request_is_left_as_its_caller_made_it()
    {
        using SeveralServers servers = new SeveralServers().Answers(1, Accepted);
        using BigrainClient client = new(servers, SeveralServers.Options(30 * Second, 1));
        await client.WriteAsync("docs", new WriteRequest { Documents = [] }, Token);
        QueryRequest request = new() { Vector = [1] };
        servers.Answers(1, Whole);
        await client.QueryAsync("docs", request, Token);

        Assert.Null(request.Token);
        Assert.Equal("1.i.0-5", Member(servers.Requests.Last().Body, "token").GetString());
    }

    private static JsonElement Member(string json, string name) => JsonDocument.Parse(json).RootElement.GetProperty(name);
}
