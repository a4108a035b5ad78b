using System.Text.Json.Nodes;
using Bigrain.Index.Scheduling;
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

    private Task<(int Status, JsonNode Body)> QueryAsync() =>
        silo.PostAsync("/v1/collections/busy/query", """{"vector":[1,1],"consistency":"strong","timeoutMilliseconds":20000}""");
}
