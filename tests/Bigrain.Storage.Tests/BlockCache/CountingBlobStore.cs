using Bigrain.Index.Blobs;

namespace Bigrain.Storage.Tests.BlockCache;

/// <summary>Remembers the ranged reads that reach a store, and can hold them up.</summary>
internal sealed class CountingBlobStore(IBlobStore inner) : IBlobStore
{
    private readonly Lock _lock = new();
    private int _running;

    /// <summary>Ranged reads seen.</summary>
    public List<(string Name, long Offset, int Length)> Reads { get; } = [];

    /// <summary>Most ranged reads at a time.</summary>
    public int MostRunning { get; private set; }

    /// <summary>Ranged reads wait for it.</summary>
    public Task Open { get; set; } = Task.CompletedTask;

    /// <summary>Thrown instead of reading; null reads.</summary>
    public Exception? Failure { get; set; }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public async ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Reads.Add((name, offset, destination.Length));
            MostRunning = Math.Max(MostRunning, ++_running);
        }

        try
        {
            await Open;
            return Failure is null ? await inner.ReadRangeAsync(name, offset, destination, cancellationToken) : throw Failure;
        }
        finally
        {
            lock (_lock)
            {
                _running--;
            }
        }
    }

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) => inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) => inner.CreateAsync(name, content, cancellationToken);

    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.ReplaceAsync(name, expected, content, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        inner.CopyAsync(from, to, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) => inner.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) => inner.ListAsync(prefix, after, cancellationToken);
}
