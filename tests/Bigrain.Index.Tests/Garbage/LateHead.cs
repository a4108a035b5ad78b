using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Tests.Garbage;

/// <summary>A store in which something happens once, when everything below <c>data/</c> is listed.</summary>
internal sealed class LateHead(IBlobStore inner, Func<Task> happens) : IBlobStore
{
    private bool _happened;

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (prefix == DataPaths.Data && !_happened)
        {
            _happened = true;
            await happens();
        }

        await foreach (BlobEntry entry in inner.ListAsync(prefix, after, cancellationToken))
        {
            // By its first version: the listing was a little earlier.
            yield return entry with { ModifiedAt = DateTimeOffset.UnixEpoch };
        }
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadRangeAsync(name, offset, destination, cancellationToken);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) =>
        inner.CreateAsync(name, content, cancellationToken);

    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.ReplaceAsync(name, expected, content, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        inner.DeleteAsync(name, expected, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string source, string target, CancellationToken cancellationToken) =>
        inner.CopyAsync(source, target, cancellationToken);
}
