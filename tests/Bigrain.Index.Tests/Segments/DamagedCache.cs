using Bigrain.Index.Blobs;

namespace Bigrain.Index.Tests.Segments;

/// <summary>A cache whose copy of one byte is damaged until it is told to forget it.</summary>
internal sealed class DamagedCache(IBlobStore inner, string damagedBlob, long damagedOffset) : IBlobStore, IBlobCache
{
    private bool _isDamaged = true;

    public List<(long Offset, long Length)> Forgotten { get; } = [];

    public void Forget(string blobName, long offset, long lengthBytes)
    {
        Forgotten.Add((offset, lengthBytes));
        _isDamaged &= blobName != damagedBlob || damagedOffset < offset || damagedOffset >= offset + lengthBytes;
    }

    public async ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int? read = await inner.ReadRangeAsync(name, offset, destination, cancellationToken);
        long at = damagedOffset - offset;
        if (_isDamaged && name == damagedBlob && at >= 0 && at < read)
        {
            destination.Span[(int)at] ^= 1;
        }

        return read;
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) => inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) => inner.CreateAsync(name, content, cancellationToken);

    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.ReplaceAsync(name, expected, content, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        inner.CopyAsync(from, to, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) => inner.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) => inner.ListAsync(prefix, after, cancellationToken);
}
