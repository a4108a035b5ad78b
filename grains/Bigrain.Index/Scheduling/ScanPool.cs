using System.Threading.Channels;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Scheduling;

/// <summary>Bounded pool of dedicated threads for CPU-heavy scans.</summary>
/// <remarks>
/// Scans neither run in a grain turn nor on the shared thread pool: there they would delay membership probes and I/O.
/// A full queue refuses at once, so that a burst costs its senders and not the silo. Thread safe.
/// </remarks>
public sealed class ScanPool : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly Channel<IWorkItem> _queue;
    private readonly Thread[] _threads;
    private readonly int _queueLength;

    /// <summary>Starts the threads.</summary>
    /// <param name="options">Thread count and queue length.</param>
    public ScanPool(ScanPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _queueLength = options.QueueLength;
        _queue = Channel.CreateBounded<IWorkItem>(options.QueueLength);
        _threads = new Thread[options.ThreadCount > 0 ? options.ThreadCount : Environment.ProcessorCount];
        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"bigrain-scan-{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Number of dedicated threads.</summary>
    public int ThreadCount => _threads.Length;

    /// <summary>Scans waiting now.</summary>
    public int QueuedCount => _queue.Reader.Count;

    /// <summary>Runs a scan on a pool thread.</summary>
    /// <param name="scan">The scan; looks at its token once per leaf or batch.</param>
    /// <param name="cancellationToken">Ends the scan; one still queued is never started.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: the queue is full.</exception>
    public Task<T> RunAsync<T>(Func<CancellationToken, T> scan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scan);
        var item = new WorkItem<T>(scan, cancellationToken);
        if (!_queue.Writer.TryWrite(item))
        {
            throw new BigrainException(
                ErrorCode.Overloaded, $"the scan queue is full ({_queueLength} waiting): back off and retry")
            {
                RetryAfter = RetryAfter,
            };
        }

        return item.Completion;
    }

    /// <summary>Ends the threads after the scans that are queued.</summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void Work()
    {
        while (true)
        {
            while (_queue.Reader.TryRead(out IWorkItem? item))
            {
                item.Run();
            }

            // A dedicated thread has nothing better to do than to block.
            if (!_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                return;
            }
        }
    }

    private interface IWorkItem
    {
        void Run();
    }

    private sealed class WorkItem<T>(Func<CancellationToken, T> scan, CancellationToken cancellationToken) : IWorkItem
    {
        // Continuations go to the shared pool: a caller's code must not run on a scan thread.
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Completion => _completion.Task;

        public void Run()
        {
            if (cancellationToken.IsCancellationRequested)
            {
                _completion.TrySetCanceled(cancellationToken);
                return;
            }

            try
            {
                _completion.TrySetResult(scan(cancellationToken));
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                _completion.TrySetCanceled(cancellationToken);
            }
#pragma warning disable CA1031 // whatever the scan threw belongs to its caller, not to this thread
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _completion.TrySetException(exception);
            }
        }
    }
}
