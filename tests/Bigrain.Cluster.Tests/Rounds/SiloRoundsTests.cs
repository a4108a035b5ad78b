using Bigrain.Grains.Rounds;
using Bigrain.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.Cluster.Tests.Rounds;

public sealed class SiloRoundsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_round_runs_at_the_start_and_one_each_period_after_the_round_before()
    {
        var time = new InstantTime();
        var began = new List<DateTimeOffset>();
        using var rounds = new Recorded(time, TimeSpan.FromMinutes(7), async (number, stopping) =>
        {
            began.Add(time.GetUtcNow());
            await (number < 4 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stopping));
        });

        SiloLifecycleSubject silo = await StartAsync(rounds);
        await Eventually.HoldsAsync("the fourth round runs", () => rounds.Count == 4, Token);
        await silo.OnStop(Token);

        Assert.Equal([7.0, 7.0, 7.0], began.Zip(began.Skip(1), (earlier, later) => (later - earlier).TotalMinutes));
    }

    [Fact]
    public async Task Waking_brings_the_next_round_and_stopping_ends_them()
    {
        using var rounds = new Recorded(TimeProvider.System, TimeSpan.FromDays(1), (_, _) => Task.CompletedTask);
        SiloLifecycleSubject silo = await StartAsync(rounds);
        await Eventually.HoldsAsync("the first round ran", () => rounds.Count == 1, Token);

        rounds.WakeNow();
        await Eventually.HoldsAsync("the second round ran", () => rounds.Count == 2, Token);
        await silo.OnStop(Token);
        rounds.WakeNow();

        Assert.Equal(2, rounds.Count);
    }

    [Fact]
    public async Task Waking_during_a_round_brings_one_more_however_often_it_happens()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var rounds = new Recorded(TimeProvider.System, TimeSpan.FromDays(1), (number, _) => number == 1 ? gate.Task : Task.CompletedTask);
        SiloLifecycleSubject silo = await StartAsync(rounds);
        await Eventually.HoldsAsync("the first round runs", () => rounds.Count == 1, Token);

        rounds.WakeNow();
        rounds.WakeNow();
        gate.SetResult();
        await Eventually.HoldsAsync("the second round ran", () => rounds.Count == 2, Token);
        await silo.OnStop(Token);

        Assert.Equal(2, rounds.Count);
    }

    [Fact]
    public async Task What_a_round_throws_is_reported_and_the_next_one_runs()
    {
        using var rounds = new Recorded(new InstantTime(), TimeSpan.FromSeconds(1), (number, stopping) => number switch
        {
            1 => throw new InvalidOperationException("the first"),
            2 => Task.FromException(new InvalidOperationException("the second")),
            _ => Task.Delay(Timeout.Infinite, stopping),
        });

        SiloLifecycleSubject silo = await StartAsync(rounds);
        await Eventually.HoldsAsync("the third round runs", () => rounds.Count == 3, Token);
        await silo.OnStop(Token);

        Assert.Equal(["the first", "the second"], rounds.Failures);
    }

    private static async Task<SiloLifecycleSubject> StartAsync(SiloRounds rounds)
    {
        var silo = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        rounds.Participate(silo);
        await silo.OnStart(Token);
        return silo;
    }

    private sealed class Recorded(TimeProvider time, TimeSpan period, Func<int, CancellationToken, Task> round) : SiloRounds(time)
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public List<string> Failures { get; } = [];

        protected override TimeSpan Period => period;

        public void WakeNow() => Wake();

        protected override Task RoundAsync(CancellationToken cancellationToken) => round(Interlocked.Increment(ref _count), cancellationToken);

        protected override void OnFailed(Exception error) => Failures.Add(error.Message);
    }
}
