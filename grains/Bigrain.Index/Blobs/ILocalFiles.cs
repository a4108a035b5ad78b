namespace Bigrain.Index.Blobs;

/// <summary>Local copies of immutable blobs, for memory mapping and random reads.</summary>
/// <remarks>Thread safe. Only for blobs that are never replaced (segment files, generations): never HEAD, EPOCH or MANIFEST.
/// The bytes are a faithful copy of what the store holds, not verified ones: the reader checks magic and checksums.</remarks>
public interface ILocalFiles
{
    /// <summary>Gives the path of a complete local copy of a blob, fetching it first where the store is remote.</summary>
    /// <param name="blobName">Name of an immutable blob.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The file, kept in place until it is disposed; null when there is no such blob.</returns>
    /// <exception cref="BlobStoreException">The store failed; <see cref="BlobFailure.Full"/> when no room for a copy can be made.</exception>
    ValueTask<LocalFile?> OpenAsync(string blobName, CancellationToken cancellationToken);

    /// <summary>Says that a blob will not be wanted again: its copy goes as soon as nobody uses it. Where the files are the blobs
    /// themselves there is no copy, and nothing happens.</summary>
    /// <param name="blobName">Name of the blob; one that has no copy is no error.</param>
    void Forget(string blobName)
    {
    }
}
