using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Index.Manifests;

namespace Bigrain.Faults.Replicas;

/// <summary>Looks at every MANIFEST that is written: revisions go up by one, floors never down.</summary>
/// <param name="inner">The store.</param>
/// <param name="broken">Told what is wrong.</param>
internal sealed class ManifestAudit(IBlobStore inner, Action<string> broken) : IBlobStore
{
    private readonly Dictionary<string, PartitionManifest> _last = [];

    /// <summary>Manifests written.</summary>
    public int CommitCount { get; private set; }

    public async ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[content.Length - content.Position];
        content.ReadExactly(bytes);
        return Audit(name, bytes, await inner.CreateAsync(name, bytes, cancellationToken));
    }

    public async ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Audit(name, content, await inner.ReplaceAsync(name, expected, content, cancellationToken));

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadRangeAsync(name, offset, destination, cancellationToken);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        inner.CopyAsync(from, to, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        inner.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, after, cancellationToken);

    private BlobTag? Audit(string name, ReadOnlyMemory<byte> content, BlobTag? tag)
    {
        if (tag is null || !name.EndsWith("/MANIFEST", StringComparison.Ordinal))
        {
            return tag;
        }

        PartitionManifest next = FormatJson.Read(BlobKind.Manifest, name, content, FormatJson.Default.PartitionManifest);
        PartitionManifest last = _last.GetValueOrDefault(name, PartitionManifest.Empty(next.Floors.Length));
        if (next.Revision != last.Revision + 1)
        {
            broken(FormattableString.Invariant($"'{name}' went from revision {last.Revision} to {next.Revision}"));
        }

        if (next.Floors.Zip(last.Floors).Any(floor => floor.First < floor.Second))
        {
            broken(FormattableString.Invariant($"'{name}' revision {next.Revision} has a lower floor than the one before"));
        }

        _last[name] = next;
        CommitCount++;
        return tag;
    }
}
