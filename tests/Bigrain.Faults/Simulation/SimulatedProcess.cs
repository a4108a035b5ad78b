using Bigrain.Index.Blobs;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;

namespace Bigrain.Faults.Simulation;

/// <summary>One process: its own view of the store, its own clock; it may sleep, and it may die.</summary>
internal sealed class SimulatedProcess
{
    private readonly SeededRandom _random;
    private TaskCompletionSource? _sleep;

    public SimulatedProcess(string name, SimulatedScheduler scheduler, IBlobStore store, SeededRandom random, FaultRates rates)
    {
        Name = name;
        Time = new SimulatedTime(scheduler);
        _random = random;
        Store = new FaultyBlobStore(store, random, rates) { OnPoint = WaitAsync };
        Random = new SeededRandom(random.NextUInt64());
    }

    public string Name { get; }

    public SimulatedTime Time { get; }

    public FaultyBlobStore Store { get; }

    /// <summary>For the code under test.</summary>
    public SeededRandom Random { get; }

    /// <summary>How often it is held up for up to a minute at a call of the store.</summary>
    public double LongPause { get; set; }

    public bool IsAsleep => _sleep is not null;

    /// <summary>Stops at its next call of the store until it is woken; it does not notice.</summary>
    public void Sleep() => _sleep ??= new TaskCompletionSource();

    public void Wake()
    {
        TaskCompletionSource? sleep = _sleep;
        _sleep = null;
        sleep?.SetResult();
    }

    private async ValueTask WaitAsync(FaultPoint point)
    {
        if (_sleep is { } sleep)
        {
            await sleep.Task;
        }

        if (LongPause > 0 && _random.Chance(LongPause))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1 + _random.Next(60_000)), Time);
        }
        else if (_random.Chance(0.1))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1 + _random.Next(50)), Time);
        }
        else
        {
            await Task.Yield();
        }
    }
}
