using System.Globalization;
using Bigrain.Index.Blobs;

namespace Bigrain.Index.Backups;

/// <summary>Copies of immutable blobs under names that nobody else writes.</summary>
internal static class BlobCopies
{
    /// <summary>Copies a blob unless an earlier try did.</summary>
    /// <param name="store">The store.</param>
    /// <param name="from">The blob.</param>
    /// <param name="to">The copy.</param>
    /// <param name="lengthBytes">The length it must have; null when it is not known.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown, and doing it again settles it.</param>
    /// <returns>Its length in bytes.</returns>
    /// <exception cref="CorruptBlobException">It is missing, or has another length.</exception>
    public static async Task<long> CopyAsync(IBlobStore store, string from, string to, long? lengthBytes, CancellationToken cancellationToken)
    {
        try
        {
            await store.CopyAsync(from, to, cancellationToken);
        }
        catch (BlobStoreException failure) when (failure.Failure == BlobFailure.SourceMissing)
        {
            throw new CorruptBlobException(from, 0, "a blob that the collection needs", "no blob");
        }

        BlobProperties copy = await store.GetPropertiesAsync(to, cancellationToken)
            ?? throw new BlobStoreException("copy", to, BlobFailure.OutcomeUnknown, new IOException("the copy is not there"));
        return lengthBytes is null || copy.LengthBytes == lengthBytes
            ? copy.LengthBytes
            : throw new CorruptBlobException(
                from,
                Math.Min(copy.LengthBytes, lengthBytes.Value),
                string.Create(CultureInfo.InvariantCulture, $"{lengthBytes} bytes"),
                copy.LengthBytes.ToString(CultureInfo.InvariantCulture));
    }
}
