namespace Bigrain.Faults.Replicas;

/// <summary>The clock of one process: its time of day may be wrong and may jump, its stopwatch is right.</summary>
internal sealed class ProcessClock(WorldTime world) : TimeProvider
{
    /// <summary>By how much the time of day is wrong.</summary>
    public TimeSpan Error { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.Now + Error;

    public override long GetTimestamp() => world.Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WorldTimer(world, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
