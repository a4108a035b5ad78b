using System.Collections.Concurrent;

namespace Bigrain.TestKit.Time;

/// <summary>A clock that stands still while anything can run and then jumps to the next timer; everything runs on one thread.</summary>
/// <remarks>Code under test must come back to its context: what runs on the thread pool is not waited for.</remarks>
public sealed class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly PriorityQueue<VirtualTimer, (long Due, long Order)> _timers = new();
    private long _order;

    /// <summary>Time since the clock was made.</summary>
    public TimeSpan Elapsed { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    public override long GetTimestamp() => Elapsed.Ticks;

    /// <summary>Runs something to its end.</summary>
    public void Run(Func<Task> main)
    {
        var loop = new Loop();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(loop);
        try
        {
            Task task = main();
            while (true)
            {
                loop.RunAll();
                if (task.IsCompleted)
                {
                    break;
                }

                if (!_timers.TryDequeue(out VirtualTimer? timer, out (long Due, long Order) at))
                {
                    throw new InvalidOperationException($"nothing can run and no timer is set, at {Elapsed}");
                }

                Elapsed = new TimeSpan(Math.Max(Elapsed.Ticks, at.Due));
                timer.Fire(at.Order);
            }

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private long Schedule(VirtualTimer timer, TimeSpan due)
    {
        _timers.Enqueue(timer, ((Elapsed + due).Ticks, ++_order));
        return _order;
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private long _order;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero)
            {
                throw new NotSupportedException("a virtual clock has no periodic timers");
            }

            _order = dueTime == Timeout.InfiniteTimeSpan ? 0 : time.Schedule(this, dueTime);
            return true;
        }

        public void Fire(long order)
        {
            // One that was changed or disposed meanwhile is not due.
            if (order == _order)
            {
                callback(state);
            }
        }

        public void Dispose() => _order = 0;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Loop : SynchronizationContext
    {
        private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _posted = new();

        public override void Post(SendOrPostCallback d, object? state) => _posted.Enqueue((d, state));

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;

        public void RunAll()
        {
            while (_posted.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                next.Callback(next.State);
            }
        }
    }
}
