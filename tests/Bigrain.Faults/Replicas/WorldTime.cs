namespace Bigrain.Faults.Replicas;

/// <summary>The one time of a simulated world. Whoever pauses is served at once and time has moved on by that much; time-outs and
/// periodic work strike when time passes them.</summary>
/// <remarks>Operations run one after the other, so nobody else could let the time pass while one of them pauses.</remarks>
internal sealed class WorldTime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<WorldTimer> _timers = [];
    private TimeSpan _elapsed;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
            {
                return _elapsed;
            }
        }
    }

    /// <summary>The right time of day.</summary>
    public DateTimeOffset Now => Start + Elapsed;

    /// <summary>Lets time pass.</summary>
    public void Advance(TimeSpan by)
    {
        WorldTimer[] due;
        lock (_gate)
        {
            _elapsed += by;
            due = [.. _timers.Where(timer => timer.DueAt <= _elapsed).OrderBy(timer => timer.DueAt)];
        }

        foreach (WorldTimer timer in due)
        {
            timer.Fire();
        }
    }

    public void Add(WorldTimer timer)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            _timers.Add(timer);
        }
    }

    public void Remove(WorldTimer timer)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
        }
    }
}
