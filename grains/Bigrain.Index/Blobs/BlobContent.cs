namespace Bigrain.Index.Blobs;

/// <summary>A whole blob as read.</summary>
/// <param name="Bytes">The content; owned by the caller.</param>
/// <param name="Tag">Its version at the time of the read.</param>
public sealed record BlobContent(ReadOnlyMemory<byte> Bytes, BlobTag Tag);
