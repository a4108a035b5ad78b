using Xunit;

namespace Bigrain.Faults.Partitions;

public sealed class PartitionSimulationTests(ITestOutputHelper output)
{
    // A run takes a fifth of a CPU second; one that waits for ever is a finding too.
    private static readonly TimeSpan Stuck = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Freezes_merges_and_trims_of_competing_silos_keep_every_document_as_written()
    {
        int runs = 0, commits = 0, failures = 0;
        foreach (ulong seed in Seeds.ToRun(defaultCount: 80))
        {
            await using var world = new PartitionWorld(seed, unconditionalManifests: false);
            try
            {
                await world.RunAsync().WaitAsync(Stuck, TestContext.Current.CancellationToken);
            }
            catch (Exception error)
            {
                Assert.Fail(
                    $"seed {seed}: {error.Message}\n"
                    + $"{Seeds.Replay(seed, nameof(Freezes_merges_and_trims_of_competing_silos_keep_every_document_as_written))}\n"
                    + $"last events:\n  {string.Join("\n  ", world.Events.TakeLast(40))}\n{error}");
            }

            runs++;
            commits += world.CommitCount;
            failures += world.FailureCount;
        }

        output.WriteLine($"{runs} seeds, {commits} freezes and merges, {failures} operations ended by faults or competitors");
        Assert.True(commits > runs * 3, $"only {commits} freezes and merges in {runs} runs: the run tests nothing");
    }

    [Fact]
    public async Task A_manifest_swapped_without_its_condition_is_found_within_200_seeds()
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            await using var world = new PartitionWorld(seed, unconditionalManifests: true);
            try
            {
                await world.RunAsync().WaitAsync(Stuck, TestContext.Current.CancellationToken);
            }
            catch (SimulationFailure failure)
            {
                output.WriteLine($"found by seed {seed}: {failure.Message}");
                return;
            }
        }

        Assert.Fail("a store without conditions on MANIFEST was not noticed in 200 seeds");
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_run()
    {
        var events = new List<IReadOnlyList<string>>();
        for (int run = 0; run < 2; run++)
        {
            await using var world = new PartitionWorld(7, unconditionalManifests: false);
            await world.RunAsync().WaitAsync(Stuck, TestContext.Current.CancellationToken);
            events.Add(world.Events);
        }

        Assert.Equal(events[0], events[1]);
    }
}
