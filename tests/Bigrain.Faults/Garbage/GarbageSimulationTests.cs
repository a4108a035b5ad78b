using Bigrain.Index.Garbage;
using Xunit;

namespace Bigrain.Faults.Garbage;

public sealed class GarbageSimulationTests(ITestOutputHelper output)
{
    // Each takes some fifth of a second: a long run takes so many.
    private const int MostSeeds = 4_000;

    [Fact]
    public void Nothing_that_is_reachable_is_ever_deleted_and_all_garbage_goes_in_the_end()
    {
        int runs = 0, acknowledged = 0, deleted = 0, passes = 0, rebuilds = 0;
        foreach (ulong seed in Seeds.ToRun(defaultCount: 100).Take(MostSeeds))
        {
            var world = new GarbageWorld(seed, GarbageFlaws.None);
            Run(world, seed);
            runs++;
            acknowledged += world.AcknowledgedCount;
            deleted += world.DeletedCount;
            passes += world.PassCount;
            rebuilds += world.RebuildCount;
        }

        output.WriteLine($"{runs} seeds: {acknowledged} writes acknowledged, {passes} passes, {rebuilds} rebuilds published, {deleted} blobs deleted");
        Assert.True(acknowledged > runs * 50 && deleted > runs * 100 && passes > runs * 20 && rebuilds > runs, "the runs test nothing");
    }

    [Theory]
    [InlineData(nameof(GarbageFlaws.SkipBump), 200)]
    [InlineData(nameof(GarbageFlaws.SkipHeadReread), 60)]
    [InlineData(nameof(GarbageFlaws.SkipPinReread), 200)]
    [InlineData(nameof(GarbageFlaws.OnePass), 200)]
    [InlineData(nameof(GarbageFlaws.TrimByCurrentOnly), 200)]
    [InlineData(nameof(GarbageWorldFlaws.TrustFirstPin), 2000)]
    public void A_planted_bug_is_found(string flaw, int seeds)
    {
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            try
            {
                Make(seed, flaw).Run();
            }
            catch (SimulationFailure failure)
            {
                output.WriteLine($"{flaw}: found by seed {seed}: {failure.Message}");
                return;
            }
        }

        Assert.Fail($"{flaw} was not found by {seeds} seeds");
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        GarbageWorld first = new(77, GarbageFlaws.None), second = new(77, GarbageFlaws.None);
        first.Run();
        second.Run();
        Assert.Equal(first.Summary, second.Summary);
        Assert.Equal(first.Events, second.Events);
    }

    private static GarbageWorld Make(ulong seed, string flaw) => Enum.TryParse(flaw, out GarbageFlaws own)
        ? new GarbageWorld(seed, own)
        : new GarbageWorld(seed, GarbageFlaws.None, Enum.Parse<GarbageWorldFlaws>(flaw));

    private static void Run(GarbageWorld world, ulong seed)
    {
        try
        {
            world.Run();
        }
        catch (Exception error)
        {
            Assert.Fail(
                $"seed {seed}: {error.Message}\n{Seeds.Replay(seed, nameof(Nothing_that_is_reachable_is_ever_deleted_and_all_garbage_goes_in_the_end))}\n"
                + $"{world.Summary}\nlast events:\n  {string.Join("\n  ", world.Events.TakeLast(60))}\n{error}");
        }
    }
}
