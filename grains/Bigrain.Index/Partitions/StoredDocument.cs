using Bigrain.Index.Segments;

namespace Bigrain.Index.Partitions;

/// <summary>A document as stored.</summary>
/// <param name="Id">Its id, UTF-8.</param>
/// <param name="Vector">The default representation; shape <c>[d]</c>; bit-exact where the dense type is fp32.</param>
/// <param name="Payload">Its payload, UTF-8 JSON or empty.</param>
/// <param name="Version">The write that made it.</param>
/// <param name="ExpiresAtMilliseconds">When it expires, in milliseconds since the Unix epoch; 0 for never.</param>
public sealed record StoredDocument(
    ReadOnlyMemory<byte> Id, float[] Vector, ReadOnlyMemory<byte> Payload, RowVersion Version, long ExpiresAtMilliseconds);
