namespace Bigrain.Index.Blobs;

/// <summary>What is known of a blob without reading it.</summary>
/// <param name="Tag">Its current version.</param>
/// <param name="LengthBytes">Content length in bytes.</param>
public sealed record BlobProperties(BlobTag Tag, long LengthBytes);
