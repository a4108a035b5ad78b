using Bigrain.TestKit.Randomness;

namespace Bigrain.Faults.Simulation;

/// <summary>Runs a whole cluster on one thread: every continuation goes through here and the seed decides which one is next.</summary>
/// <remarks>Time is virtual and moves only when nothing can run. Code under test must await without <c>ConfigureAwait(false)</c>
/// and start no thread; whatever escapes to another thread is caught by <see cref="Post"/>.</remarks>
internal sealed class SimulatedScheduler(SeededRandom random, DateTimeOffset start) : SynchronizationContext
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly PriorityQueue<SimulatedTimer, (long Ticks, long Order)> _timers = new();
    private long _order;

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Virtual time.</summary>
    public DateTimeOffset Now => start + Elapsed;

    /// <summary>Continuations run so far.</summary>
    public long StepCount { get; private set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException("a continuation left the simulation's thread: the run cannot be repeated");
        }

        _ready.Add((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs until a task is done.</summary>
    public void Run(Func<Task> main, long maxSteps)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            Task task = main();
            while (!task.IsCompleted)
            {
                Step();
                if (StepCount > maxSteps)
                {
                    throw new TimeoutException($"no end after {maxSteps} steps, {Elapsed} of virtual time");
                }
            }

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public void Schedule(SimulatedTimer timer, TimeSpan due) => _timers.Enqueue(timer, ((Elapsed + due).Ticks, _order++));

    private void Step()
    {
        StepCount++;
        if (_ready.Count > 0)
        {
            int next = random.Next(_ready.Count);
            (SendOrPostCallback callback, object? state) = _ready[next];
            _ready[next] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            callback(state);
        }
        else if (_timers.TryDequeue(out SimulatedTimer? timer, out (long Ticks, long Order) due))
        {
            Elapsed = TimeSpan.FromTicks(Math.Max(Elapsed.Ticks, due.Ticks));
            timer.Fire();
        }
        else
        {
            throw new InvalidOperationException("everybody waits for somebody: nothing can run");
        }
    }
}
