using System.Text.Json.Nodes;
using Bigrain.Index.Scheduling;
using Bigrain.TestKit.Time;
using Microsoft.Extensions.DependencyInjection;

namespace Bigrain.Silo.Tests.Http;

public sealed class OverloadTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task A_full_scan_queue_answers_429_at_once_and_serves_again_when_it_is_empty()
    {
        await silo.CreateAsync("busy", 2);
        await silo.WriteRowsAsync("busy", 2, 0, 10);
        (int before, _) = await QueryAsync();
        var pool = silo.Host.Services.GetRequiredService<ScanPool>();
        using var release = new ManualResetEventSlim();

        // Every thread is taken and the queue behind them is filled.
        List<Task> blockers = [];
        while (true)
        {
            try
            {
                blockers.Add(pool.RunAsync(_ => { release.Wait(TestContext.Current.CancellationToken); return 0; }, CancellationToken.None));
            }
            catch (Bigrain.Index.Errors.BigrainException)
            {
                // A thread may take one more from the queue just after it was full.
                if (pool.QueuedCount >= 256 && blockers.Count >= 256 + pool.ThreadCount)
                {
                    break;
                }
            }
        }

        using HttpResponseMessage refused = await silo.Http.PostAsync(
            "/v1/collections/busy/query",
            new StringContent("""{"vector":[1,1]}""", System.Text.Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken);
        JsonNode problem = JsonNode.Parse(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        release.Set();
        await Task.WhenAll(blockers);
        (int after, _) = await QueryAsync();

        Assert.Equal(200, before);
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.Equal("urn:bigrain:overloaded", problem["type"]!.GetValue<string>());
        Assert.True(problem["retryable"]!.GetValue<bool>());
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal(200, after);
    }

    [Fact]
    public async Task Dropped_queries_leave_the_silo_within_moments()
    {
        await silo.CreateAsync("dropped", 2);
        await silo.WriteRowsAsync("dropped", 2, 0, 10);
        await silo.PostAsync("/v1/collections/dropped/query", """{"vector":[1,1],"consistency":"strong","timeoutMilliseconds":20000}""");
        var pool = silo.Host.Services.GetRequiredService<ScanPool>();
        using var release = new ManualResetEventSlim();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task[] blockers = [.. Enumerable.Range(0, pool.ThreadCount).Select(_ => pool.RunAsync(_ => { release.Wait(cancel); return 0; }, cancel))];
        using var drop = new CancellationTokenSource();
        int refused = 0;
        Task[] queries = [.. Enumerable.Range(0, 1_000).Select(async _ =>
        {
            try
            {
                using HttpResponseMessage reply = await silo.Http.PostAsync(
                    "/v1/collections/dropped/query",
                    new StringContent("""{"vector":[1,1],"timeoutMilliseconds":30000}""", System.Text.Encoding.UTF8, "application/json"),
                    drop.Token);
                Assert.Equal(429, (int)reply.StatusCode);
                Interlocked.Increment(ref refused);
            }
            catch (OperationCanceledException)
            {
                // As it should be: nobody waits for it any longer.
            }
        })];
        try
        {
            await Eventually.HoldsAsync("a query waits", () => pool.QueuedCount > 0, cancel, TimeSpan.FromSeconds(20));

            long started = System.Diagnostics.Stopwatch.GetTimestamp();
            await drop.CancelAsync();
            await Task.WhenAll(queries);
            await Eventually.HoldsAsync("no query waits", () => pool.QueuedCount == 0, cancel, TimeSpan.FromSeconds(20));
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"1,000 queries dropped, {refused} of them refused before: scan queue empty after {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
        }
        finally
        {
            // Whatever failed, the silo must be able to stop.
            release.Set();
            await Task.WhenAll(blockers);
        }

        // Their places are free again.
        (int status, _) = await silo.PostAsync("/v1/collections/dropped/query", """{"vector":[1,1],"timeoutMilliseconds":20000}""");
        Assert.Equal(200, status);
    }

    private Task<(int Status, JsonNode Body)> QueryAsync() =>
        silo.PostAsync("/v1/collections/busy/query", """{"vector":[1,1],"consistency":"strong","timeoutMilliseconds":20000}""");
}
