using Bigrain.Index.Log;
using Xunit;

namespace Bigrain.Faults.Log;

public sealed class LogSimulationTests(ITestOutputHelper output)
{
    [Fact]
    public void Acknowledged_writes_survive_every_fault_exactly_once_and_in_order()
    {
        int runs = 0, acknowledged = 0, ghosts = 0;
        foreach (ulong seed in Seeds.ToRun(defaultCount: 200))
        {
            var world = new LogWorld(seed, StreamLogFlaws.None);
            Run(world, seed);
            runs++;
            acknowledged += world.AcknowledgedCount;
            ghosts += world.GhostCount;
        }

        output.WriteLine($"{runs} seeds, {acknowledged} batches acknowledged, {ghosts} deleted names made again by sleepers");
        Assert.True(acknowledged > runs * 20, $"only {acknowledged} of the batches in {runs} runs were acknowledged: the run tests nothing");
    }

    [Theory]
    [InlineData(nameof(StreamLogFlaws.SkipEpochCheck))]
    [InlineData(nameof(StreamLogFlaws.ForgetUnknownOutcome))]
    [InlineData(nameof(StreamLogFlaws.ForgetBatchIds))]
    public void A_planted_bug_is_found_within_200_seeds(string flaw)
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            try
            {
                new LogWorld(seed, Enum.Parse<StreamLogFlaws>(flaw)).Run();
            }
            catch (SimulationFailure failure)
            {
                output.WriteLine($"{flaw}: found by seed {seed}: {failure.Message}");
                return;
            }
        }

        Assert.Fail($"{flaw} was not found by 200 seeds");
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        LogWorld first = new(77, StreamLogFlaws.None), second = new(77, StreamLogFlaws.None);
        first.Run();
        second.Run();
        Assert.Equal(first.Summary, second.Summary);
        Assert.Equal(first.Events, second.Events);
    }

    private static void Run(LogWorld world, ulong seed)
    {
        try
        {
            world.Run();
        }
        catch (Exception error)
        {
            Assert.Fail(
                $"seed {seed}: {error.Message}\n{Seeds.Replay(seed, nameof(Acknowledged_writes_survive_every_fault_exactly_once_and_in_order))}\n"
                + $"{world.Summary}\nlast events:\n  {string.Join("\n  ", world.Events.TakeLast(60))}\n{error}");
        }
    }
}
