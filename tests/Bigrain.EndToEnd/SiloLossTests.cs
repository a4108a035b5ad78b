using System.Diagnostics;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>One silo of three is lost: killed, stopped in order, or paused.</summary>
[Collection(ClusterGroup.Name)]
public sealed class SiloLossTests(ClusterFixture fixture) : ClusterScenario(fixture)
{
    private const int Workers = 4;
    private const double PerSecond = 40;

    private static readonly TimeSpan HealthyWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan EvictedWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CompleteWithin = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Kill_9_of_a_silo_costs_no_error_and_no_wrong_answer_with_two_replicas()
    {
        await using QueryLoad load = QueryLoad.Start(Cluster.Clients(Workers), PerSecond, Fixture.Exact, Fixture.Coarse!);
        await UnderWayAsync(load);
        await Cluster.Silos[1].KillAsync();
        TimeSpan healthy = await Cluster.WaitUntilHealthyAsync(HealthyWithin);
        await Task.Delay(Window.Of(4, 30), Token);
        QueryReport lost = load.Snapshot();
        Cluster.Silos[1].Start();
        TimeSpan back = await Cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
        QueryReport report = await load.StopAsync();
        Results.Note($"healthy on two silos after {healthy.TotalSeconds:0.0} s, on three {back.TotalSeconds:0.0} s after the start; {report}");
        Assert.True(lost.Events.Count > PerSecond, $"too few queries: {lost}");
        Assert.True(report.Count(QueryOutcome.Wrong) == 0, $"{report}");
        Assert.True(report.Count(QueryOutcome.Failed) == 0, $"{report}");
    }

    [Fact]
    public async Task Kill_9_of_a_silo_flags_what_is_missing_with_one_replica_until_it_is_loaded_elsewhere()
    {
        await using QueryLoad load = QueryLoad.Start(Cluster.Clients(Workers), PerSecond, Fixture.Single);
        await UnderWayAsync(load);
        TimeSpan killed = load.Elapsed;
        await Cluster.Silos[2].KillAsync();
        TimeSpan healthy = await Cluster.WaitUntilHealthyAsync(CompleteWithin);
        await Task.Delay(Window.Of(3, 30), Token);
        QueryReport report = await load.StopAsync();
        TimeSpan incomplete = (report.LastTrouble ?? killed) - killed;
        Results.Note($"complete again after {incomplete.TotalSeconds:0.0} s, healthy after {healthy.TotalSeconds:0.0} s; {report}");

        // The expectation compares a flagged answer with the set less the missing partitions: right `missing` or wrong answer.
        Assert.True(report.Count(QueryOutcome.Wrong) == 0, $"{report}");
        Assert.True(report.Count(QueryOutcome.Failed) == 0, $"{report}");
        Assert.True(report.Count(QueryOutcome.Flagged) > 0, $"a silo with the only replicas died unnoticed: {report}");
        Assert.All(report.Events.Where(static one => one.Outcome == QueryOutcome.Flagged), static one => Assert.InRange(one.Missing.Count, 1, ClusterFixture.Partitions - 1));
        Assert.True(incomplete < CompleteWithin, $"incomplete for {incomplete}: {report}");
    }

    [Fact]
    public async Task Sigterm_of_a_silo_costs_no_error_and_no_degraded_answer()
    {
        string collection = await CreateIngestCollectionAsync("term");
        await using QueryLoad queries = QueryLoad.Start(Cluster.Clients(Workers), PerSecond, Fixture.Exact, Fixture.Coarse!, Fixture.Single);
        await using IngestLoad writes = IngestLoad.Start(Cluster.Clients(2), collection);
        await UnderWayAsync(queries, writes);
        long start = Stopwatch.GetTimestamp();
        int exitCode = await Cluster.Silos[0].StopAsync();
        TimeSpan stopped = Stopwatch.GetElapsedTime(start);
        TimeSpan healthy = await Cluster.WaitUntilHealthyAsync(HealthyWithin);
        await Task.Delay(Window.Of(2, 30), Token);
        QueryReport report = await queries.StopAsync();
        IngestReport written = await writes.StopAsync();
        Results.Note($"ended with {exitCode} after {stopped.TotalSeconds:0.0} s, healthy {healthy.TotalSeconds:0.0} s later; {report}; {written}");
        Assert.Empty(await CheckAndDropAsync(writes, collection));
        Assert.Equal(0, exitCode);
        Assert.True(report.Count(QueryOutcome.Right) == report.Events.Count, $"{report}");
        Assert.True(written.Problems.Count == 0, $"{written}");
    }

    [Fact]
    public async Task A_silo_that_was_paused_and_goes_on_neither_loses_nor_doubles_a_write()
    {
        string collection = await CreateIngestCollectionAsync("stop");
        await using IngestLoad writes = IngestLoad.Start(Cluster.Clients(Workers), collection);
        await UnderWayAsync(writes: writes);
        SiloProcess victim = Cluster.Silos[1];
        await victim.PauseAsync();
        int atPause = writes.Acknowledged;
        await (Window.IsLong ? Task.Delay(TimeSpan.FromSeconds(30), Token) : Cluster.WaitUntilHealthyAsync(EvictedWithin));
        int atResume = writes.Acknowledged;
        await victim.ResumeAsync();

        // Evicted meanwhile, it must end by itself, for an orchestrator to start it anew.
        await TestCluster.WaitUntilAsync(() => Task.FromResult(!victim.IsRunning), TimeSpan.FromSeconds(60), "the evicted silo ends");
        victim.Start();
        TimeSpan healthy = await Cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
        IngestReport written = await writes.StopAsync();
        Results.Note($"{atResume - atPause} batches acknowledged during the pause, healthy {healthy.TotalSeconds:0.0} s after the new start; {written}");
        Assert.Empty(await CheckAndDropAsync(writes, collection));
        Assert.True(atResume > atPause, $"no write was acknowledged during the pause: {written}");
        Assert.Equal(0, written.WrongReads);
        Assert.Equal(0, written.Refused);
    }
}
