using System.Collections.Concurrent;
using Bigrain.Index.Jobs;

namespace Bigrain.Cluster.Tests;

/// <summary>A job of some steps, each of which waits until the test lets it pass.</summary>
internal sealed class GatedJob : IJobKind
{
    public const string KindName = "gated";
    public const long Steps = 5;

    private readonly ConcurrentDictionary<long, int> _begun = new();
    private int _open;
    private int _undone;

    public string Name => KindName;

    public int Undone => Volatile.Read(ref _undone);

    /// <summary>Lets the first steps pass.</summary>
    public void Open(int steps) => Volatile.Write(ref _open, steps);

    /// <summary>How often a step was begun.</summary>
    public int Begun(long step) => _begun.GetValueOrDefault(step);

    public async Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        for (long step = job.Record.Done; step < Steps; step++)
        {
            _begun.AddOrUpdate(step, 1, static (_, count) => count + 1);
            while (Volatile.Read(ref _open) <= step)
            {
                await Task.Delay(20, cancellationToken);
            }

            await job.SaveAsync("passing", step + 1, Steps, cancellationToken);
        }
    }

    public Task UndoAsync(JobContext job, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _undone);
        return Task.CompletedTask;
    }
}
