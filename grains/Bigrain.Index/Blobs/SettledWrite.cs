namespace Bigrain.Index.Blobs;

/// <summary>Outcome of a conditional write.</summary>
/// <param name="Tag">The blob's tag when it holds what was to be written; null when the condition was lost.</param>
/// <param name="Found">After a lost condition: what stands there instead.</param>
internal readonly record struct SettledWrite(BlobTag? Tag, BlobContent? Found);
