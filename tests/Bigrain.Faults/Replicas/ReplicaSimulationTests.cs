using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Xunit;

namespace Bigrain.Faults.Replicas;

public sealed class ReplicaSimulationTests(ITestOutputHelper output)
{
    // A run takes a fifth of a CPU second; one that waits for ever is a finding too.
    private static readonly TimeSpan Stuck = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Flaws() => [.. Planted.Keys];

    private static Dictionary<string, ReplicaFlaws> Planted { get; } = new(StringComparer.Ordinal)
    {
        ["no epoch check"] = new ReplicaFlaws(Log: StreamLogFlaws.SkipEpochCheck),
        ["no delete re-application after compaction"] = new ReplicaFlaws(Partition: PartitionFlaws.SkipLateKills),
        ["tail prefix dropped before its segment is visible"] = new ReplicaFlaws(Partition: PartitionFlaws.DropTailBeforeSegment),
        ["manifest swapped without its condition"] = new ReplicaFlaws(UnconditionalManifests: true),
    };

    [Fact]
    public async Task Replicas_show_every_acknowledged_write_once_whatever_fails()
    {
        var counts = new ReplicaCounts();
        int runs = 0;
        foreach (ulong seed in Seeds.ToRun(defaultCount: 200))
        {
            await using var world = new ReplicaWorld(seed, new ReplicaFlaws());
            try
            {
                await RunAsync(world);
            }
            catch (Exception error)
            {
                Assert.Fail(
                    $"seed {seed}: {error.Message}\n{Seeds.Replay(seed, nameof(Replicas_show_every_acknowledged_write_once_whatever_fails))}\n"
                    + $"last events:\n  {string.Join("\n  ", world.Events.TakeLast(60))}\n{error}");
            }

            runs++;
            counts.Add(world.Counts);
        }

        output.WriteLine($"{runs} seeds: {counts}");
        Assert.True(counts.Acknowledged > runs * 10, $"{counts} in {runs} runs: the run tests nothing");
        Assert.True(counts.Commits > runs * 3, $"{counts} in {runs} runs: the run tests nothing");
        Assert.True(counts.Follows > runs, $"{counts} in {runs} runs: the run tests nothing");
        Assert.True(counts.Answers > runs * 5, $"{counts} in {runs} runs: the run tests nothing");
    }

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task A_planted_bug_is_found_within_200_seeds(string flaw)
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            try
            {
                await using var world = new ReplicaWorld(seed, Planted[flaw]);
                await RunAsync(world);
            }
            catch (SimulationFailure failure)
            {
                output.WriteLine($"{flaw}: found by seed {seed}: {failure.Message}");

                // It is the bug that was found, not the seed.
                await using var sound = new ReplicaWorld(seed, new ReplicaFlaws());
                await RunAsync(sound);
                return;
            }
        }

        Assert.Fail($"{flaw}: not found by 200 seeds");
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_run()
    {
        var events = new List<IReadOnlyList<string>>();
        for (int run = 0; run < 2; run++)
        {
            await using var world = new ReplicaWorld(7, new ReplicaFlaws());
            await RunAsync(world);
            events.Add(world.Events);
        }

        Assert.Equal(events[0], events[1]);
    }

    // The test framework's own scheduler would add a hop to every step.
    private static Task RunAsync(ReplicaWorld world) =>
        Task.Run(world.RunAsync, TestContext.Current.CancellationToken).WaitAsync(Stuck, TestContext.Current.CancellationToken);
}
