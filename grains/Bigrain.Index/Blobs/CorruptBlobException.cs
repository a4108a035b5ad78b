namespace Bigrain.Index.Blobs;

/// <summary>Stored bytes are not what was written. They are never served.</summary>
public sealed class CorruptBlobException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="blobName">Name of the blob.</param>
    /// <param name="offset">Where in the blob, in bytes.</param>
    /// <param name="expected">What should stand there (<c>magic BGLG</c>, <c>xxh128 …</c>).</param>
    /// <param name="found">What stands there.</param>
    public CorruptBlobException(string blobName, long offset, string expected, string found)
        : base($"blob '{blobName}' is corrupt at byte {offset}: expected {expected}, found {found}")
    {
        BlobName = blobName;
        Offset = offset;
        Expected = expected;
        Found = found;
    }

    /// <summary>Name of the blob.</summary>
    public string BlobName { get; }

    /// <summary>Where in the blob, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What should stand there.</summary>
    public string Expected { get; }

    /// <summary>What stands there.</summary>
    public string Found { get; }
}
