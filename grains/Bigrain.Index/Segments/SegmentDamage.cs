namespace Bigrain.Index.Segments;

/// <summary>A place where a stored file is not what was written.</summary>
/// <param name="BlobName">Full blob name.</param>
/// <param name="Offset">Where in the blob, in bytes.</param>
/// <param name="Expected">What should stand there.</param>
/// <param name="Found">What stands there.</param>
public sealed record SegmentDamage(string BlobName, long Offset, string Expected, string Found);
