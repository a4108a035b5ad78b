namespace Bigrain.Index.Documents;

/// <summary>A document of a page.</summary>
/// <param name="IdHash">Hash of its id.</param>
/// <param name="Id">Its id, UTF-8.</param>
/// <param name="Vector">The default representation; shape <c>[d]</c>.</param>
/// <param name="Payload">UTF-8 JSON; empty when it has none.</param>
/// <param name="ExpiresAtMilliseconds">When it expires, in milliseconds since the Unix epoch; 0 for never.</param>
public sealed record PagedDocument(
    ulong IdHash, ReadOnlyMemory<byte> Id, float[] Vector, ReadOnlyMemory<byte> Payload, long ExpiresAtMilliseconds)
{
    /// <summary>The place of this document.</summary>
    public DocumentCursor Cursor => new(IdHash, Id);

    /// <summary>Bytes that it takes on its way.</summary>
    public int SizeBytes => Id.Length + (Vector.Length * sizeof(float)) + Payload.Length + 32;
}
