namespace Bigrain.Kernels.Matrix;

/// <summary>Runs a range in fixed chunks on a number of threads; the chunks do not depend on that number.</summary>
internal static class WorkSplit
{
    public static void Run(int count, int chunk, int threads, Action<int, int> body, CancellationToken cancellation)
    {
        var chunks = (count + chunk - 1) / chunk;
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
