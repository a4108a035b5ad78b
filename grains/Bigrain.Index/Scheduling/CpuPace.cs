namespace Bigrain.Index.Scheduling;

/// <summary>Keeps the processor time of one thread under a share of one core, by pausing it.</summary>
/// <remarks>One caller at a time.</remarks>
/// <param name="time">Clock of what has passed.</param>
/// <param name="share">Largest share of one core, over 0.</param>
/// <param name="processorTime">Processor time of the calling thread.</param>
/// <param name="pause">Blocks the calling thread.</param>
public sealed class CpuPace(TimeProvider time, double share, Func<TimeSpan> processorTime, Action<TimeSpan> pause)
{
    // Shorter pauses cost more than they give.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);

    private TimeSpan _usedBefore;
    private long _startedAt;
    private int _thread;

    /// <summary>A pace by the real processor clock, and by real time: beside a simulated clock, which may stand still, it would pause for ever.</summary>
    /// <param name="share">Largest share of one core.</param>
    /// <param name="cancellationToken">Ends a pause.</param>
    public static CpuPace Of(double share, CancellationToken cancellationToken) => new(
        TimeProvider.System, share, static () => TimeSpan.FromSeconds(ThreadCpuClock.Seconds()), length => cancellationToken.WaitHandle.WaitOne(length));

    /// <summary>Pauses for as long as the thread is ahead of its share; called between pieces of work of some milliseconds.</summary>
    public void Step()
    {
        // Work that went on on another thread begins anew: what that one used before is not owed by this work.
        int thread = Environment.CurrentManagedThreadId;
        if (_thread != thread)
        {
            _thread = thread;
            _usedBefore = processorTime();
            _startedAt = time.GetTimestamp();
            return;
        }

        if (Owed() is var owed && owed >= Shortest)
        {
            pause(owed);
        }
    }

    private TimeSpan Owed() => ((processorTime() - _usedBefore) / share) - time.GetElapsedTime(_startedAt);
}
