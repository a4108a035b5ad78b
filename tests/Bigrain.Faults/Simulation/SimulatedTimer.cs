namespace Bigrain.Faults.Simulation;

/// <summary>A timer of virtual time; a change makes the earlier due time void.</summary>
internal sealed class SimulatedTimer(SimulatedScheduler scheduler, TimerCallback callback, object? state) : ITimer
{
    private int _pending;
    private bool _disposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (!_disposed && dueTime != Timeout.InfiniteTimeSpan)
        {
            _pending++;
            scheduler.Schedule(this, dueTime);
        }

        return !_disposed;
    }

    public void Fire()
    {
        if (--_pending == 0 && !_disposed)
        {
            callback(state);
        }
    }

    public void Dispose() => _disposed = true;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
