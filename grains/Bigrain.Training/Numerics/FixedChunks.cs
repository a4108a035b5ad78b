namespace Bigrain.Training.Numerics;

/// <summary>Runs a range in chunks that depend on the range alone, on any number of threads.</summary>
/// <remarks>A body writes only to places that belong to its chunk; whoever sums over chunks does it afterwards, in their order.
/// So results are the same for every number of threads.</remarks>
public static class FixedChunks
{
    /// <summary>Runs all chunks and waits for them.</summary>
    /// <param name="count">Length of the range.</param>
    /// <param name="chunk">Length of a chunk; the last may be shorter.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="body">Takes the first element of a chunk and its length.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    public static void Run(int count, int chunk, int threads, Action<int, int> body, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfLessThan(chunk, 1);
        var chunks = (int)(((long)count + chunk - 1) / chunk);
        if (threads <= 1 || chunks <= 1)
        {
            for (var i = 0; i < chunks; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                body(i * chunk, Math.Min(chunk, count - (i * chunk)));
            }

            return;
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, chunks, options, i => body(i * chunk, Math.Min(chunk, count - (i * chunk))));
    }
}
