using Bigrain.Index.Errors;
using Bigrain.Index.Scheduling;
using Xunit;

namespace Bigrain.Index.Tests.Scheduling;

public sealed class ScanPoolTests
{
    [Fact]
    public async Task A_full_queue_refuses_at_once_and_takes_work_again_when_there_is_room()
    {
        using var pool = new ScanPool(new ScanPoolOptions { ThreadCount = 1, QueueLength = 2 });
        using var gate = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task<int> running = pool.RunAsync(
            _ =>
            {
                started.Set();
                gate.Wait(cancel);
                return 1;
            },
            cancel);
        started.Wait(cancel);
        Task<int>[] queued = [pool.RunAsync(_ => 2, cancel), pool.RunAsync(_ => 3, cancel)];

        BigrainException refused = await Assert.ThrowsAsync<BigrainException>(() => pool.RunAsync(_ => 4, cancel));
        gate.Set();

        Assert.Equal(ErrorCode.Overloaded, refused.Code);
        Assert.NotNull(refused.RetryAfter);
        int[] results = await Task.WhenAll([running, .. queued]);
        Assert.Equal([1, 2, 3], results);
        Assert.Equal(5, await pool.RunAsync(_ => 5, cancel));
    }

    [Fact]
    public async Task Work_that_was_cancelled_in_the_queue_never_runs()
    {
        using var pool = new ScanPool(new ScanPoolOptions { ThreadCount = 1 });
        using var gate = new ManualResetEventSlim();
        using var source = new CancellationTokenSource();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task<int> running = pool.RunAsync(
            _ =>
            {
                gate.Wait(cancel);
                return 1;
            },
            cancel);
        bool ran = false;
        Task<bool> cancelled = pool.RunAsync(_ => ran = true, source.Token);
        await source.CancelAsync();
        gate.Set();

        await running;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(ran);
    }

    [Fact]
    public async Task A_thousand_dropped_queries_leave_the_queue_at_once_and_those_in_between_stay()
    {
        using var pool = new ScanPool(new ScanPoolOptions { ThreadCount = 1, QueueLength = 2_000 });
        using var gate = new ManualResetEventSlim();
        using var dropped = new CancellationTokenSource();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Task<int> running = pool.RunAsync(_ => { gate.Wait(cancel); return 0; }, cancel);
        List<Task<int>> gone = [];
        List<Task<int>> kept = [];
        for (int i = 0; i < 1_000; i++)
        {
            gone.Add(pool.RunAsync<int>(_ => throw new InvalidOperationException("it ran"), dropped.Token));
            if (i % 100 == 0)
            {
                kept.Add(pool.RunAsync(_ => 1, cancel));
            }
        }

        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        await dropped.CancelAsync();
        TimeSpan took = System.Diagnostics.Stopwatch.GetElapsedTime(started);

        // The one thread is still taken: nobody had to run to make room.
        Assert.InRange(pool.QueuedCount, kept.Count, kept.Count + 1);
        Assert.All(gone, task => Assert.True(task.IsCanceled));
        Assert.True(took < TimeSpan.FromSeconds(5), $"took {took}");
        TestContext.Current.TestOutputHelper?.WriteLine($"1,000 queued scans left in {took.TotalMilliseconds:0.0} ms");
        gate.Set();
        await running;
        Assert.Equal(kept.Count, (await Task.WhenAll(kept)).Sum());
        Assert.Equal(0, pool.QueuedCount);
    }

    [Fact]
    public async Task Scans_run_on_the_pools_own_threads_and_their_errors_reach_the_caller()
    {
        using var pool = new ScanPool(new ScanPoolOptions { ThreadCount = 1 });
        CancellationToken cancel = TestContext.Current.CancellationToken;

        string? name = await pool.RunAsync(_ => Thread.CurrentThread.Name, cancel);

        Assert.StartsWith("bigrain-scan", name, StringComparison.Ordinal);
        await Assert.ThrowsAsync<FormatException>(() => pool.RunAsync<int>(_ => throw new FormatException(), cancel));
        Assert.Equal(1, await pool.RunAsync(_ => 1, cancel));
    }
}
