using Bigrain.Index.Blobs;

namespace Bigrain.Storage.BlockCache;

/// <summary>Fetches missing blocks: neighbours by one request, each block once however many wait for it, a bounded number of requests at a time.</summary>
/// <remarks>Thread safe. A fetch is nobody's: a caller that gives up leaves it to the others.</remarks>
internal sealed class BlockFetcher(IBlobStore store, int blockBytes, int requestCount, int blocksPerRequest, Action<BlockKey, ReadOnlyMemory<byte>> onFetched)
    : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BlockKey, Task<FetchedBlock>> _running = [];
    private readonly SemaphoreSlim _gate = new(requestCount, requestCount);

    /// <summary>Starts fetching blocks, or joins those on their way.</summary>
    /// <param name="name">The blob.</param>
    /// <param name="blob">Its hash.</param>
    /// <param name="blocks">Numbers of the blocks, rising.</param>
    /// <returns>A task per block.</returns>
    public Task<FetchedBlock>[] Start(string name, UInt128 blob, ReadOnlySpan<long> blocks)
    {
        var tasks = new Task<FetchedBlock>[blocks.Length];
        var run = new List<TaskCompletionSource<FetchedBlock>>();
        long first = 0;
        lock (_lock)
        {
            for (int i = 0; i < blocks.Length; i++)
            {
                var key = new BlockKey(blob, blocks[i]);
                if (_running.TryGetValue(key, out Task<FetchedBlock>? running))
                {
                    tasks[i] = running;
                    continue;
                }

                if (run.Count == blocksPerRequest || (run.Count > 0 && blocks[i] != first + run.Count))
                {
                    Launch(name, blob, first, run);
                    run = [];
                }

                if (run.Count == 0)
                {
                    first = blocks[i];
                }

                var source = new TaskCompletionSource<FetchedBlock>(TaskCreationOptions.RunContinuationsAsynchronously);
                run.Add(source);
                tasks[i] = _running[key] = source.Task;
            }

            if (run.Count > 0)
            {
                Launch(name, blob, first, run);
            }
        }

        return tasks;
    }

    public void Dispose() => _gate.Dispose();

    private void Launch(string name, UInt128 blob, long first, List<TaskCompletionSource<FetchedBlock>> run) =>
        _ = Task.Run(() => FetchAsync(name, blob, first, run), CancellationToken.None);

    private async Task FetchAsync(string name, UInt128 blob, long first, List<TaskCompletionSource<FetchedBlock>> run)
    {
        try
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(run.Count * blockBytes);
            int? read;
            await _gate.WaitAsync().ConfigureAwait(false);
            try
            {
                read = await store.ReadRangeAsync(name, first * blockBytes, bytes, CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _gate.Release();
            }

            for (int i = 0; i < run.Count; i++)
            {
                int length = Math.Clamp((read ?? 0) - (i * blockBytes), 0, blockBytes);
                ReadOnlyMemory<byte> block = bytes.AsMemory(i * blockBytes, length);
                var key = new BlockKey(blob, first + i);
                if (length > 0)
                {
                    onFetched(key, block);
                }

                Forget(key);
                run[i].SetResult(new FetchedBlock(block, Exists: read is not null));
            }
        }
        catch (Exception error)
        {
            // Whatever it was belongs to those who wait.
            for (int i = 0; i < run.Count; i++)
            {
                Forget(new BlockKey(blob, first + i));
                run[i].TrySetException(error);
            }
        }
    }

    private void Forget(BlockKey key)
    {
        lock (_lock)
        {
            _running.Remove(key);
        }
    }
}
