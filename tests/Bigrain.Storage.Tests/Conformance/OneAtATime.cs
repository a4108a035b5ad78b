using Bigrain.Index.Blobs;

namespace Bigrain.Storage.Tests.Conformance;

/// <summary>Lets one call at a time through to a store that completes synchronously.</summary>
internal sealed class OneAtATime(IBlobStore inner) : IBlobStore
{
    private readonly Lock _lock = new();

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) =>
        Run(() => inner.ReadAsync(name, cancellationToken));

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        Run(() => inner.ReadRangeAsync(name, offset, destination, cancellationToken));

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        Run(() => inner.GetPropertiesAsync(name, cancellationToken));

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) =>
        Run(() => inner.CreateAsync(name, content, cancellationToken));

    public ValueTask<BlobTag?> ReplaceAsync(
        string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Run(() => inner.ReplaceAsync(name, expected, content, cancellationToken));

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        Run(() => inner.CopyAsync(from, to, cancellationToken));

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        Run(() => inner.DeleteAsync(name, expected, cancellationToken));

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, after, cancellationToken);

    private ValueTask<T> Run<T>(Func<ValueTask<T>> call)
    {
        lock (_lock)
        {
            ValueTask<T> result = call();
            return result.IsCompleted ? result : throw new InvalidOperationException("the inner store did not complete synchronously");
        }
    }
}
