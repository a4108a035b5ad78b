using Bigrain.Index.Blobs;

namespace Bigrain.Index.Tests.Garbage;

/// <summary>A store whose reads take a moment, and which knows how many there were at a time.</summary>
internal sealed class SlowReads(IBlobStore inner) : IBlobStore
{
    private readonly Lock _gate = new();
    private int _now;

    /// <summary>Part of the names that are counted.</summary>
    public required string Counted { get; init; }

    public int MostAtATime { get; private set; }

    public async ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        int one = name.Contains(Counted, StringComparison.Ordinal) ? 1 : 0;
        lock (_gate)
        {
            _now += one;
            MostAtATime = Math.Max(MostAtATime, _now);
        }

        await Task.Yield();
        BlobContent? content = await inner.ReadAsync(name, cancellationToken);
        lock (_gate)
        {
            _now -= one;
        }

        return content;
    }

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadRangeAsync(name, offset, destination, cancellationToken);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) => inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) => inner.CreateAsync(name, content, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) => inner.CopyAsync(from, to, cancellationToken);

    public ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.ReplaceAsync(name, expected, content, cancellationToken);

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) => inner.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, after, cancellationToken);
}
