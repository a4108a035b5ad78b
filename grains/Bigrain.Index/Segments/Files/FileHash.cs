using System.IO.Hashing;
using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;

namespace Bigrain.Index.Segments.Files;

/// <summary>Compares whole files with the hash that the manifest has of them.</summary>
internal static class FileHash
{
    private const int StepBytes = 1 << 20;

    /// <exception cref="CorruptBlobException">The hash differs.</exception>
    public static void Check(MappedFile mapped, string blobName, SegmentFile file)
    {
        var hash = new XxHash128();
        for (long offset = 0; offset < mapped.LengthBytes; offset += StepBytes)
        {
            hash.Append(mapped.Slice(offset, (int)Math.Min(StepBytes, mapped.LengthBytes - offset)));
        }

        Check(hash, blobName, file);
    }

    /// <exception cref="CorruptBlobException">The hash differs.</exception>
    public static void Check(XxHash128 hash, string blobName, SegmentFile file)
    {
        string found = Convert.ToHexStringLower(hash.GetCurrentHash());
        if (found != file.XxHash128)
        {
            throw new CorruptBlobException(blobName, 0, $"xxh128 {file.XxHash128} over the whole file", found);
        }
    }
}
