namespace Bigrain.Index.Blobs;

/// <summary>One blob in a listing.</summary>
/// <param name="Name">Full name, <c>/</c>-separated.</param>
/// <param name="LengthBytes">Content length in bytes.</param>
/// <param name="ModifiedAt">When the content was last written, by the store's clock.</param>
public sealed record BlobEntry(string Name, long LengthBytes, DateTimeOffset ModifiedAt);
