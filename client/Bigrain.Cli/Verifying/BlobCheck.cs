using System.Buffers;
using System.IO.Hashing;
using Bigrain.Index.Blobs;

namespace Bigrain.Cli.Verifying;

/// <summary>Compares a whole blob with its length and hash.</summary>
internal static class BlobCheck
{
    private const int StepBytes = 1 << 20;

    /// <summary>Reads a blob to its end.</summary>
    /// <exception cref="CorruptBlobException">It is missing, or not what it was.</exception>
    public static async Task RequireAsync(IBlobStore store, string name, long lengthBytes, string xxHash128, CancellationToken cancellationToken)
    {
        BlobProperties? present = await store.GetPropertiesAsync(name, cancellationToken);
        if (present?.LengthBytes != lengthBytes)
        {
            throw new CorruptBlobException(
                name, 0, FormattableString.Invariant($"{lengthBytes} bytes"), present is null ? "no blob" : FormattableString.Invariant($"{present.LengthBytes}"));
        }

        var hash = new XxHash128();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(StepBytes);
        try
        {
            for (long at = 0; at < lengthBytes; at += StepBytes)
            {
                int read = await store.ReadRangeAsync(name, at, buffer.AsMemory(0, (int)Math.Min(StepBytes, lengthBytes - at)), cancellationToken) ?? 0;
                hash.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        string found = Convert.ToHexStringLower(hash.GetCurrentHash());
        if (found != xxHash128)
        {
            throw new CorruptBlobException(name, 0, $"xxh128 {xxHash128} over the whole blob", found);
        }
    }
}
