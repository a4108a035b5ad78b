using Bigrain.Index.Blobs;

namespace Bigrain.Index.Tests.Segments;

/// <summary>Takes blobs, reads them to the end and keeps nothing.</summary>
internal sealed class DiscardingBlobStore(Action onCreate) : IBlobStore
{
    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        onCreate();
        content.CopyTo(Stream.Null);
        return ValueTask.FromResult<BlobTag?>(new BlobTag("1"));
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
