namespace Bigrain.Index.Blobs;

/// <summary>Shorter forms of the port.</summary>
public static class BlobStoreExtensions
{
    /// <summary>Creates a small blob from memory; see <see cref="IBlobStore.CreateAsync"/>.</summary>
    /// <returns>The new tag, or null when a blob of that name exists.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public static async ValueTask<BlobTag?> CreateAsync(
        this IBlobStore store, string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (!System.Runtime.InteropServices.MemoryMarshal.TryGetArray(content, out ArraySegment<byte> segment))
        {
            segment = new ArraySegment<byte>(content.ToArray());
        }

        using var stream = new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false);
        return await store.CreateAsync(name, stream, cancellationToken);
    }
}
