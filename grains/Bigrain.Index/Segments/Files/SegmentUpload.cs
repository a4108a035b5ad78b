using System.IO.Hashing;
using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;

namespace Bigrain.Index.Segments.Files;

/// <summary>Stores immutable files under names that were never used before.</summary>
internal static class SegmentUpload
{
    private const int StepBytes = 1 << 20;

    /// <summary>Creates a blob; an earlier try that succeeded unseen counts as success.</summary>
    /// <exception cref="BlobStoreException">The store failed, or holds other content under that name.</exception>
    public static async ValueTask CreateAsync(
        IBlobStore store, string name, Stream content, SegmentFile file, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.CreateAsync(name, content, cancellationToken).ConfigureAwait(false) is not null)
            {
                return;
            }
        }
        catch (BlobStoreException error) when (error.Failure == BlobFailure.OutcomeUnknown)
        {
            if (await HoldsAsync(store, name, file, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            throw;
        }

        if (!await HoldsAsync(store, name, file, cancellationToken).ConfigureAwait(false))
        {
            throw new BlobStoreException(
                "create", name, BlobFailure.Permanent, new InvalidOperationException("other content has that name"));
        }
    }

    private static async ValueTask<bool> HoldsAsync(
        IBlobStore store, string name, SegmentFile file, CancellationToken cancellationToken)
    {
        BlobProperties? properties = await store.GetPropertiesAsync(name, cancellationToken).ConfigureAwait(false);
        if (properties?.LengthBytes != file.LengthBytes)
        {
            return false;
        }

        XxHash128? hash = await HashAsync(store, name, file.LengthBytes, cancellationToken).ConfigureAwait(false);
        return hash is not null && Convert.ToHexStringLower(hash.GetCurrentHash()) == file.XxHash128;
    }

    /// <summary>Hashes a stored blob; null when it is missing or shorter.</summary>
    public static async ValueTask<XxHash128?> HashAsync(
        IBlobStore store, string name, long lengthBytes, CancellationToken cancellationToken)
    {
        var hash = new XxHash128();
        var buffer = new byte[(int)Math.Min(StepBytes, Math.Max(1, lengthBytes))];
        for (long offset = 0; offset < lengthBytes; offset += buffer.Length)
        {
            Memory<byte> part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, lengthBytes - offset));
            if (await store.ReadRangeAsync(name, offset, part, cancellationToken).ConfigureAwait(false) != part.Length)
            {
                return null;
            }

            hash.Append(part.Span);
        }

        return hash;
    }
}
