namespace Bigrain.Index.Garbage;

/// <summary>Names blobs that must stay although no HEAD leads to them: what a running job reads or is making.</summary>
/// <remarks>
/// <para>A pin counts once it is durable and HEAD and manifests, read again after that, still name what it pins with the tags they
/// had; otherwise its owner pins again. What was unreachable for a moment may be gone.</para>
/// <para>Thread safe. It reads the store, not a memory: the job may run elsewhere.</para>
/// </remarks>
public interface IPinSource
{
    /// <summary>Reads all pins that count now.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Full names of blobs, or prefixes that end in <c>/</c> for all below. A log entry stands for itself and all later
    /// ones of its stream.</returns>
    /// <exception cref="Blobs.BlobStoreException">The store failed: nothing is collected then.</exception>
    /// <exception cref="Blobs.CorruptBlobException">A record is damaged: nothing is collected then.</exception>
    IAsyncEnumerable<string> ReadPinsAsync(CancellationToken cancellationToken);
}
