using Bigrain.Index.Blobs;

namespace Bigrain.Faults.Replicas;

/// <summary>A planted bug: a store that replaces a MANIFEST whatever its tag is. The simulation must notice.</summary>
internal sealed class UnconditionalManifests(IBlobStore inner) : IBlobStore
{
    public async ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        bool isManifest = name.EndsWith("/MANIFEST", StringComparison.Ordinal);
        BlobProperties? now = isManifest ? await inner.GetPropertiesAsync(name, cancellationToken) : null;
        return await inner.ReplaceAsync(name, now?.Tag ?? expected, content, cancellationToken);
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadRangeAsync(name, offset, destination, cancellationToken);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) =>
        inner.CreateAsync(name, content, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        inner.CopyAsync(from, to, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        inner.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, after, cancellationToken);
}
