using Bigrain.Index.Blobs;

namespace Bigrain.Cli.Verifying;

/// <summary>A store that counts the bytes that are read of it.</summary>
internal sealed class CountedReads(IBlobStore store) : IBlobStore
{
    private long _bytes;

    /// <summary>Bytes read so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <inheritdoc/>
    public async ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        BlobContent? content = await store.ReadAsync(name, cancellationToken);
        Interlocked.Add(ref _bytes, content?.Bytes.Length ?? 0);
        return content;
    }

    /// <inheritdoc/>
    public async ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int? read = await store.ReadRangeAsync(name, offset, destination, cancellationToken);
        Interlocked.Add(ref _bytes, read ?? 0);
        return read;
    }

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) => store.GetPropertiesAsync(name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) => store.CreateAsync(name, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) => store.CopyAsync(from, to, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        store.ReplaceAsync(name, expected, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) => store.DeleteAsync(name, expected, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) => store.ListAsync(prefix, after, cancellationToken);
}
