using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Bigrain.Index.Errors;
using Bigrain.Silo.Hosting;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Redis;
using Bigrain.TestKit.Time;

namespace Bigrain.Silo.Tests.Membership;

/// <summary>Silos of one process around a real Redis.</summary>
public sealed class RedisClusterTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly List<SiloHost> _hosts = [];
    private readonly HttpClient _http = new();
    private RedisServer? _redis;

    // The only silos of this process that watch a table are those of this class.
    static RedisClusterTests()
    {
        Environment.SetEnvironmentVariable("BIGRAIN_MembershipWatch__Interval", "00:00:00.2");
        Environment.SetEnvironmentVariable("BIGRAIN_MembershipWatch__ExitAfter", "00:00:02");
    }

    public async ValueTask InitializeAsync()
    {
        if (RedisServer.MissingReason is null)
        {
            _redis = await RedisServer.LaunchAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_hosts.Select(host => host.DisposeAsync().AsTask()));
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Silos_with_free_ports_find_each_other_and_one_that_stops_leaves_its_name_free()
    {
        SiloHost first = await StartAsync("a");
        SiloHost second = await StartAsync("b");
        await Eventually.HoldsAsync("both silos know both", async () => await NamesAsync(first) is ["a", "b"] && await NamesAsync(second) is ["a", "b"], TestContext.Current.CancellationToken);

        await AssertJobsAreReadAnywhereAsync(first, second);
        _hosts.Remove(second);
        await second.DisposeAsync();
        await Eventually.HoldsAsync("the first one is alone", async () => await NamesAsync(first) is ["a"], TestContext.Current.CancellationToken);

        SiloHost again = await StartAsync("b");
        await Eventually.HoldsAsync("both know both again", async () => await NamesAsync(first) is ["a", "b"] && await NamesAsync(again) is ["a", "b"], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_name_that_a_living_silo_has_is_refused()
    {
        await StartAsync("a");

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => StartAsync("a"));

        Assert.Equal(ErrorCode.Conflict, error.Code);
        Assert.Contains("--name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Redis_that_does_not_answer_ends_the_start_with_its_address_and_the_remedy()
    {
        SkipWithoutRedis();
        await _redis!.StopAsync(TestContext.Current.CancellationToken);

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => StartAsync("a"));

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Contains(_redis.Address, error.Message, StringComparison.Ordinal);
        Assert.Contains("--redis", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_emptied_Redis_is_noticed_and_a_Redis_that_is_away_is_not_taken_for_one()
    {
        SiloHost silo = await StartAsync("a");
        await CreateAsync(silo);
        await _redis!.KillAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync("a read of the table has failed", async () => await MetricAsync(silo, "bigrain_cluster_membership_read_failures") > 0, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(silo, "/health/ready")).Status);
        Assert.Equal(0, await MetricAsync(silo, "bigrain_cluster_membership_lost"));
        Assert.Equal(HttpStatusCode.OK, (await WriteAsync(silo)).Status);

        await _redis.StartAsync(TestContext.Current.CancellationToken);
        await _redis.FlushAllAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync("the silo is not ready any more", async () => (await GetAsync(silo, "/health/ready")).Status == HttpStatusCode.ServiceUnavailable, TestContext.Current.CancellationToken);

        Assert.Contains("membership lost", (await GetAsync(silo, "/health/ready")).Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(silo, "/health/live")).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(silo, "/v1/collections/docs")).Status);
        Assert.Equal(1, await MetricAsync(silo, "bigrain_cluster_membership_lost"));
        (HttpStatusCode status, string problem) = await WriteAsync(silo);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("urn:bigrain:unavailable", JsonNode.Parse(problem)!["type"]!.GetValue<string>());
        Assert.True(JsonNode.Parse(problem)!["retryable"]!.GetValue<bool>());

        // Nobody asked it to stop: it ends by itself, and says why.
        await silo.WaitForShutdownAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Contains("membership table", silo.ExitReason, StringComparison.Ordinal);
    }

    private static void SkipWithoutRedis()
    {
        if (RedisServer.MissingReason is { } reason)
        {
            Assert.Skip(reason);
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private async Task<SiloHost> StartAsync(string name)
    {
        SkipWithoutRedis();
        SiloHost host = await SiloHost.StartAsync(
            new SiloSettings
            {
                Data = _folder.Path,
                Redis = _redis!.Address,
                Name = name,
                HttpPort = 0,
                SiloPort = 0,
                GatewayPort = 0,
                MemoryBytes = SiloSettings.MinMemoryBytes,
                IsQuiet = true,
            },
            TestContext.Current.CancellationToken);
        _hosts.Add(host);
        return host;
    }

    private async Task AssertJobsAreReadAnywhereAsync(SiloHost first, SiloHost second)
    {
        await CreateAsync(first);
        using HttpResponseMessage started = await _http.PostAsync(
            new Uri(second.HttpAddress, "/v1/collections/docs/compact"), null, TestContext.Current.CancellationToken);
        string id = JsonNode.Parse(await started.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["id"]!.GetValue<string>();
        foreach (SiloHost silo in (SiloHost[])[first, second])
        {
            (HttpStatusCode status, string body) = await GetAsync(silo, $"/v1/jobs/{id}");
            Assert.True(status == HttpStatusCode.OK, body);
            Assert.Equal(id, JsonNode.Parse(body)!["id"]!.GetValue<string>());
        }

        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(first, "/v1/jobs/b.0123456789abcdef")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(first, "/v1/jobs/nobody.0123456789abcdef")).Status);
    }

    private async Task CreateAsync(SiloHost silo)
    {
        using HttpResponseMessage reply = await _http.PutAsync(
            new Uri(silo.HttpAddress, "/v1/collections/docs"),
            Json("""{"metric":"l2","dimension":2}"""),
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
    }

    private async Task<(HttpStatusCode Status, string Body)> WriteAsync(SiloHost silo)
    {
        using HttpResponseMessage reply = await _http.PostAsync(
            new Uri(silo.HttpAddress, "/v1/collections/docs/documents"),
            Json("""{"documents":[{"id":"1","vector":[1,2]}]}"""),
            TestContext.Current.CancellationToken);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(SiloHost silo, string path)
    {
        using HttpResponseMessage reply = await _http.GetAsync(new Uri(silo.HttpAddress, path), TestContext.Current.CancellationToken);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task<string[]> NamesAsync(SiloHost silo) =>
        [.. JsonNode.Parse((await GetAsync(silo, "/v1/cluster")).Body)!["silos"]!.AsArray()
            .Where(item => item!["status"]!.GetValue<string>() == "active").Select(item => item!["name"]!.GetValue<string>())];

    private async Task<double> MetricAsync(SiloHost silo, string name) =>
        (await GetAsync(silo, "/metrics")).Body.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal) && !line.StartsWith('#')) is { } line
            ? double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)
            : 0;
}
