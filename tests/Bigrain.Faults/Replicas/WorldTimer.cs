namespace Bigrain.Faults.Replicas;

/// <summary>A timer of <see cref="WorldTime"/>.</summary>
internal sealed class WorldTimer(WorldTime time, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period = Timeout.InfiniteTimeSpan;

    public TimeSpan DueAt { get; private set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            time.Remove(this);
            return true;
        }

        if (IsPause(period))
        {
            time.Advance(dueTime);
            callback(state);
            return true;
        }

        DueAt = time.Elapsed + dueTime;
        time.Add(this);
        return true;
    }

    public void Fire()
    {
        if (_period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero)
        {
            time.Remove(this);
        }
        else
        {
            DueAt = time.Elapsed + _period;
        }

        callback(state);
    }

    public void Dispose() => time.Remove(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    // A pause is a task that waits for this timer alone; a time-out belongs to a cancellation source.
    private bool IsPause(TimeSpan period) => state is Task && period == Timeout.InfiniteTimeSpan;
}
