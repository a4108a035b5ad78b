using Bigrain.Index.Errors;

namespace Bigrain.Index.Scheduling;

/// <summary>Bounded pool of dedicated threads for CPU-heavy scans.</summary>
/// <remarks>
/// Scans neither run in a grain turn nor on the shared thread pool: there they would delay membership probes and I/O.
/// A full queue refuses at once, so that a burst costs its senders and not the silo; a scan whose query is cancelled leaves the
/// queue at once, so that those who gave up do not stand in the way of those who wait. Thread safe.
/// </remarks>
public sealed class ScanPool : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly LinkedList<WorkItem> _queue = new();
    private readonly SemaphoreSlim _queued = new(0);
    private readonly Thread[] _threads;
    private readonly int _queueLength;
    private volatile bool _closed;

    /// <summary>Starts the threads.</summary>
    /// <param name="options">Thread count and queue length.</param>
    public ScanPool(ScanPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _queueLength = options.QueueLength;
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
    public int QueuedCount
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Runs a scan on a pool thread.</summary>
    /// <param name="scan">The scan; looks at its token once per leaf or batch.</param>
    /// <param name="cancellationToken">Ends the scan; one still queued leaves the queue and is never started.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: the queue is full.</exception>
    public Task<T> RunAsync<T>(Func<CancellationToken, T> scan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scan);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var item = new WorkItem<T>(scan, cancellationToken);
        item.Leaves = cancellationToken.UnsafeRegister(static state => ((Action)state!)(), () => Leave(item));
        if (!TryEnqueue(item))
        {
            item.Leaves.Unregister();
            throw new BigrainException(
                ErrorCode.Overloaded, $"the scan queue is full ({_queueLength} waiting): back off and retry")
            {
                RetryAfter = RetryAfter,
            };
        }

        _queued.Release();
        return item.Completion;
    }

    /// <summary>Ends the threads after the scans that are queued.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
        }

        _queued.Release(_threads.Length);
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _queued.Dispose();
    }

    private bool TryEnqueue(WorkItem item)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_queue.Count >= _queueLength)
            {
                return false;
            }

            _queue.AddLast(item.Place);
            return true;
        }
    }

    private void Leave(WorkItem item)
    {
        lock (_gate)
        {
            if (item.Place.List is null)
            {
                // It runs or has run, and looks at the token itself; or it comes in just now, and looks when its turn comes.
                return;
            }

            _queue.Remove(item.Place);
        }

        item.Cancel();
    }

    private void Work()
    {
        while (true)
        {
            // A dedicated thread has nothing better to do than to block.
            _queued.Wait();
            if (Take() is { } item)
            {
                item.Run();
            }
            else if (_closed)
            {
                return;
            }
        }
    }

    /// <summary>The scan that waits longest; null when those that were counted have left.</summary>
    private WorkItem? Take()
    {
        lock (_gate)
        {
            if (_queue.First is not { } first)
            {
                return null;
            }

            _queue.Remove(first);
            return first.Value;
        }
    }

    private abstract class WorkItem
    {
        protected WorkItem() => Place = new LinkedListNode<WorkItem>(this);

        /// <summary>Its place in the queue: leaving costs the same wherever it stands.</summary>
        public LinkedListNode<WorkItem> Place { get; }

        /// <summary>Takes it out of the queue when its token fires.</summary>
        public CancellationTokenRegistration Leaves { get; set; }

        public abstract void Run();

        public abstract void Cancel();
    }

    private sealed class WorkItem<T>(Func<CancellationToken, T> scan, CancellationToken cancellationToken) : WorkItem
    {
        // Continuations go to the shared pool: a caller's code must not run on a scan thread.
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Completion => _completion.Task;

        public override void Cancel() => _completion.TrySetCanceled(cancellationToken);

        public override void Run()
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
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

            Leaves.Unregister();
        }
    }
}
