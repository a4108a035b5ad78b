using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>A silo joins a cluster under load, and leaves it again.</summary>
[Collection(ClusterGroup.Name)]
public sealed class ClusterGrowthTests(ClusterFixture fixture) : ClusterScenario(fixture)
{
    private const int Workers = 4;
    private const double PerSecond = 40;

    // Two collections with two replicas of 12 partitions and one with one.
    private const double FairShare = ((2 * 2) + 1) * ClusterFixture.Partitions / 4.0;

    [Fact]
    public async Task A_fourth_silo_takes_its_share_under_load_and_nothing_else_moves()
    {
        await using QueryLoad load = QueryLoad.Start(Cluster.Clients(Workers), PerSecond, Fixture.Exact, Fixture.Coarse!, Fixture.Single);
        IReadOnlyDictionary<string, string[]> before = await ClusterHealth.OwnersAsync(Cluster.Silos[0]);
        SiloProcess added = Cluster.AddSilo();
        TimeSpan healthy = await Cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
        IReadOnlyDictionary<string, string[]> after = await ClusterHealth.OwnersAsync(Cluster.Silos[0]);
        await Task.Delay(Window.Of(3, 30), Token);
        QueryReport grown = load.Snapshot();
        int exitCode = await added.StopAsync();
        TimeSpan left = await Cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
        QueryReport report = await load.StopAsync();

        int taken = after.Values.Count(owners => owners.Contains(added.Name));
        int moved = after.Sum(pair => pair.Value.Except(before[pair.Key]).Count());
        Results.Note($"{taken} of {after.Values.Sum(static owners => owners.Length)} replicas on the fourth silo (fair share {FairShare}), {moved} moved; healthy {healthy.TotalSeconds:0.0} s after its start, {left.TotalSeconds:0.0} s after its stop; {report}");
        Assert.True(report.Count(QueryOutcome.Wrong) == 0, $"{report}");
        Assert.True(report.Count(QueryOutcome.Failed) == 0, $"{report}");
        Assert.Equal(0, exitCode);
        Assert.InRange(taken, FairShare / 3, FairShare * 2);

        // Rendezvous: a replica moves to the new silo or not at all.
        Assert.Equal(taken, moved);
        Assert.True(grown.Events.Count > PerSecond, $"too few queries: {grown}");
    }
}
