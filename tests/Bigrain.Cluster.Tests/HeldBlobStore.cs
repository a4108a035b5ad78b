using Bigrain.Index.Blobs;
using Bigrain.TestKit.Blobs;

namespace Bigrain.Cluster.Tests;

/// <summary>A store in memory in which one write can be held.</summary>
internal sealed class HeldBlobStore : IBlobStore
{
    // A test that fails must end all the same.
    private static readonly TimeSpan Longest = 3 * SiloCluster.Patience;

    private readonly MemoryBlobStore _inner = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<string, bool>? _next;
    private bool _isStubborn;

    /// <summary>Ends when a write is held.</summary>
    public Task Held => _held.Task;

    /// <summary>Holds the next write of such a name.</summary>
    /// <param name="matches">Which name.</param>
    /// <param name="isStubborn">Whether it goes on waiting when it is cancelled.</param>
    public void HoldNext(Func<string, bool> matches, bool isStubborn = false)
    {
        _isStubborn = isStubborn;
        Volatile.Write(ref _next, matches);
    }

    /// <summary>Lets the write that is held go on.</summary>
    public void Release() => _released.TrySetResult();

    public async ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _next) is { } next && next(name) && Interlocked.CompareExchange(ref _next, null, next) == next)
        {
            _held.TrySetResult();
            await _released.Task.WaitAsync(Longest, _isStubborn ? CancellationToken.None : cancellationToken);
        }

        return await _inner.CreateAsync(name, content, cancellationToken);
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => _inner.ReadAsync(name, cancellationToken);

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        _inner.ReadRangeAsync(name, offset, destination, cancellationToken);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) => _inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) => _inner.CopyAsync(from, to, cancellationToken);

    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _inner.ReplaceAsync(name, expected, content, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) => _inner.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        _inner.ListAsync(prefix, after, cancellationToken);
}
