namespace Bigrain.Index.Blobs;

/// <summary>What a store that caches offers to a reader who found its bytes rotten.</summary>
/// <remarks>A cache guards the bytes it holds, but cannot know whether those it was given were already damaged on the way: the reader
/// that checks a record does.</remarks>
public interface IBlobCache
{
    /// <summary>Drops what is cached of a range of a blob, so that the next read fetches it anew.</summary>
    /// <param name="blobName">Name of the blob.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="lengthBytes">Count of bytes.</param>
    void Forget(string blobName, long offset, long lengthBytes);
}
