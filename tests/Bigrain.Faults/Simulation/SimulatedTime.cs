namespace Bigrain.Faults.Simulation;

/// <summary>The clock of one simulated process: virtual time plus an error that may jump.</summary>
internal sealed class SimulatedTime(SimulatedScheduler scheduler) : TimeProvider
{
    /// <summary>By how much the clock is wrong.</summary>
    public TimeSpan Error { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => scheduler.Now + Error;

    public override long GetTimestamp() => scheduler.Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(scheduler, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
