namespace Bigrain.Index.Blobs;

/// <summary>The only truth of Bigrain: named byte strings with atomic conditional writes.</summary>
/// <remarks>
/// <para>Names are <c>/</c>-separated, made of <c>[A-Za-z0-9._-]</c>, no empty, <c>.</c> or <c>..</c> part
/// (<see cref="BlobNames"/>; anything else is an <see cref="ArgumentException"/>). No name may be the folder of another
/// (<c>a</c> beside <c>a/b</c>): a folder store refuses it.</para>
/// <para>Thread safe. A write that returned a tag is durable (survives the loss of the process and of the machine's power).
/// A write is all or nothing: a reader sees the old content, or the whole new one. Buffers stay the caller's and may be
/// reused after the call returned.</para>
/// <para>A lost condition is a value (null), not an error. Failures are <see cref="BlobStoreException"/>; after one with
/// <see cref="BlobFailure.OutcomeUnknown"/> the write may or may not have happened and the caller must read before going on.</para>
/// </remarks>
public interface IBlobStore
{
    /// <summary>Reads a whole blob.</summary>
    /// <returns>Content and tag, or null when there is no such blob.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Reads the bytes [<paramref name="offset"/>, offset + destination length) of a blob.</summary>
    /// <returns>Bytes read: less than asked only where the blob ends; null when there is no such blob.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Reads tag and length.</summary>
    /// <returns>The properties, or null when there is no such blob.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken);

    /// <summary>Creates a blob if there is none of that name (If-None-Match: *).</summary>
    /// <param name="name">Name of the blob.</param>
    /// <param name="content">Content from the current position to the end; read once, not disposed; must be seekable.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown.</param>
    /// <returns>The new tag, or null when a blob of that name exists (its content stays).</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken);

    /// <summary>Gives the content of a blob that is never replaced a second name, if there is no blob of that name (If-None-Match: *).</summary>
    /// <param name="from">Name of the blob to copy. It must not be replaced while this runs (deleting it is fine).</param>
    /// <param name="to">Name of the copy.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown.</param>
    /// <returns>The tag of the copy, or null when a blob of that name exists (its content stays), whether <paramref name="from"/> exists
    /// or not.</returns>
    /// <remarks>No byte travels where the store can help it: a hard link in a local folder, a copy inside the account elsewhere. The two
    /// names live on their own: deleting or replacing one never changes the other. The time of the copy, and with it its tag, may be those
    /// of its source, so the age of a copy says nothing, and a name that is deleted and copied again may have the tag it had.</remarks>
    /// <exception cref="BlobStoreException">The store failed; <see cref="BlobFailure.SourceMissing"/>: there is nothing to copy.</exception>
    ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken);

    /// <summary>Replaces the content of a blob whose tag is still <paramref name="expected"/> (If-Match).</summary>
    /// <returns>The new tag, or null when the blob is absent or its tag differs (its content stays).</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Deletes a blob; with <paramref name="expected"/> only while its tag is that.</summary>
    /// <returns>Whether a blob was deleted.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken);

    /// <summary>Lists the blobs whose name starts with <paramref name="prefix"/>, in ordinal order of their names.</summary>
    /// <param name="prefix">First part of the names; empty lists everything.</param>
    /// <param name="after">Only names ordinally after this one; null starts at the beginning.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken);
}
