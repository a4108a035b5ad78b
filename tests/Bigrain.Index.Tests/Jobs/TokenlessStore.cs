using Bigrain.Index.Blobs;

namespace Bigrain.Index.Tests.Jobs;

/// <summary>A store that ends every call that it began, whatever becomes of its token.</summary>
internal sealed class TokenlessStore(IBlobStore inner) : IBlobStore
{
    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, CancellationToken.None);

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadRangeAsync(name, offset, destination, CancellationToken.None);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        inner.GetPropertiesAsync(name, CancellationToken.None);

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) =>
        inner.CreateAsync(name, content, CancellationToken.None);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) => inner.CopyAsync(from, to, CancellationToken.None);

    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.ReplaceAsync(name, expected, content, CancellationToken.None);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        inner.DeleteAsync(name, expected, CancellationToken.None);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, after, CancellationToken.None);
}
