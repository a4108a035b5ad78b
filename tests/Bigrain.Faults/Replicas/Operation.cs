namespace Bigrain.Faults.Replicas;

/// <summary>Something that a process does over several store calls. At any of them it may be held up while others go on; then it continues
/// as if nothing had been.</summary>
/// <remarks>One operation runs at a time: <see cref="StartAsync"/> and <see cref="ResumeAsync"/> return when it ended or is held up. So it
/// does not matter on which threads it runs.</remarks>
/// <param name="owner">The process.</param>
/// <param name="name">For messages.</param>
/// <param name="mayStopAt">At which store calls it may be held up; those where it holds no lock that others need.</param>
internal sealed class Operation(object owner, string name, Func<TestKit.Blobs.FaultPoint, bool> mayStopAt)
{
    private const int MostStops = 3;

    private TaskCompletionSource _stopped = NewSource();
    private TaskCompletionSource? _held;
    private int _stops;
    private Task _work = Task.CompletedTask;

    public object Owner { get; } = owner;

    public string Name { get; } = name;

    /// <summary>Partition it works on; -1 for none.</summary>
    public int Partition { get; init; } = -1;

    /// <summary>Whether it waits to be resumed.</summary>
    public bool IsHeldUp => _held is not null;

    public bool MayStopAt(TestKit.Blobs.FaultPoint point) => _stops < MostStops && mayStopAt(point);

    /// <summary>Begins; returns when it ended or is held up.</summary>
    public Task StartAsync(Func<Task> work)
    {
        _work = work();
        return SettleAsync();
    }

    /// <summary>Goes on; returns when it ended or is held up again.</summary>
    public Task ResumeAsync()
    {
        TaskCompletionSource held = _held!;
        _held = null;
        _stopped = NewSource();
        held.SetResult();
        return SettleAsync();
    }

    /// <summary>Holds it up; called by itself at a store call.</summary>
    public async ValueTask StopAsync()
    {
        _stops++;
        TaskCompletionSource held = NewSource();
        _held = held;
        _stopped.SetResult();
        await held.Task;
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SettleAsync()
    {
        if (await Task.WhenAny(_work, _stopped.Task) == _work)
        {
            await _work;
        }
    }
}
