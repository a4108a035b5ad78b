using System.Diagnostics;
using System.Net;
using Bigrain.Api.Queries;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Bigrain.EndToEnd.Processes;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>Ten times more queries than the cluster can answer.</summary>
[Collection(AloneGroup.Name)]
public sealed class OverloadTests(ClusterFixture fixture) : ClusterScenario(fixture)
{
    private const int K = 1_000;
    private const int Saturating = 8;
    private const double Factor = 10;
    private const int Overloaded = 429;
    private const double RejectedWithin = 0.05;
    private const int CalmAnswers = 20;
    private const long MemoryGrowth = 768L << 20;

    private static readonly TimeSpan AcceptedWithin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan NormalWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Normal = TimeSpan.FromMilliseconds(250);

    [Fact]
    public async Task Ten_times_the_load_is_refused_at_once_and_what_is_accepted_is_answered()
    {
        using Burst burst = new(Cluster.Silos.Select(static silo => silo.Address), "coarse", Vectors.Make(3, 50, ClusterFixture.CoarseDimension).Chunk(ClusterFixture.CoarseDimension), K);
        double capacity = await burst.MeasureCapacityAsync(Saturating, TimeSpan.FromSeconds(2));
        long memoryBefore = Cluster.Silos.Max(static silo => silo.MemoryBytes);
        int[] processes = [.. Cluster.Silos.Select(static silo => silo.Id)];
        double[] refusedBefore = await RefusedAsync();

        IReadOnlyList<(HttpStatusCode? Status, TimeSpan Took)> events = await burst.RunAsync(Factor * capacity, Window.Of(8, 30));
        long memoryAfter = Cluster.Silos.Max(static silo => silo.MemoryBytes);
        TimeSpan normal = await WaitUntilNormalAsync();

        double[] refusedAfter = await RefusedAsync();
        double refused = refusedAfter[1] - refusedBefore[1];
        double refusedSoon = refusedAfter[0] - refusedBefore[0];
        TimeSpan[] accepted = [.. events.Where(static one => one.Status == HttpStatusCode.OK).Select(static one => one.Took).Order()];
        string statuses = string.Join(", ", events.GroupBy(static one => one.Status).Select(static group => $"{(int?)group.Key} x {group.Count()}"));
        Results.Note(
            $"capacity {capacity:0}/s, offered {events.Count / Window.Of(8, 30).TotalSeconds:0}/s: {statuses}; of {refused:0} refusals {refusedSoon / Math.Max(1, refused):0.0000} within 50 ms in the server; "
            + $"accepted p50 {accepted[accepted.Length / 2].TotalMilliseconds:0} ms, p99 {accepted[(int)(accepted.Length * 0.99)].TotalMilliseconds:0} ms; memory {memoryBefore >> 20} -> {memoryAfter >> 20} MiB; normal after {normal.TotalSeconds:0.0} s");
        Assert.All(events, static one => Assert.True(one.Status is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, $"a query ended with {one.Status?.ToString() ?? "no answer"} after {one.Took}"));
        Assert.True(refused > 0, "nothing was refused");
        Assert.True(refusedSoon >= 0.95 * refused, $"{refusedSoon} of {refused} refusals came within 50 ms");
        Assert.True(accepted[(int)(accepted.Length * 0.99)] <= AcceptedWithin, $"p99 of the accepted {accepted[(int)(accepted.Length * 0.99)]}");
        Assert.Equal(processes, Cluster.Silos.Select(static silo => silo.IsRunning ? silo.Id : 0));
        Assert.InRange(memoryAfter - memoryBefore, long.MinValue, MemoryGrowth);
        Assert.True(normal <= NormalWithin, $"normal only after {normal}");
        await Cluster.WaitUntilHealthyAsync(TimeSpan.FromSeconds(5));
    }

    /// <summary>Refusals so far: those within 50 ms, and all.</summary>
    private async Task<double[]> RefusedAsync()
    {
        string[] pages = await Task.WhenAll(Cluster.Silos.Select(static silo => silo.ReadAsync("/metrics")));
        return [pages.Sum(static page => RequestDurations.Count(page, Overloaded, RejectedWithin)), pages.Sum(static page => RequestDurations.Count(page, Overloaded, double.PositiveInfinity))];
    }

    private async Task<TimeSpan> WaitUntilNormalAsync()
    {
        long start = Stopwatch.GetTimestamp();
        using BigrainClient client = Cluster.Client();
        int calm = 0;
        int turn = 0;
        while (calm < CalmAnswers && Stopwatch.GetElapsedTime(start) < 4 * NormalWithin)
        {
            long sent = Stopwatch.GetTimestamp();
            int query = turn++ % Fixture.Exact.QueryCount;
            try
            {
                QueryReply reply = await client.QueryAsync(Fixture.Exact.Collection, Fixture.Exact.Query(query), Token);
                calm = reply.Complete && Fixture.Exact.FaultOf(query, reply) is null && Stopwatch.GetElapsedTime(sent) < Normal ? calm + 1 : 0;
            }
            catch (BigrainClientException)
            {
                calm = 0;
            }
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
